package headscope.gguf;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The typed entries of a GGUF header. Every complaint names file, key, value and what is wanted.
 */
public final class Metadata {
  /** The types of values, in the order of their numbers; {@code bytes} of one, 0 if it varies. */
  enum Kind {
    UINT8(1),
    INT8(1),
    UINT16(2),
    INT16(2),
    UINT32(4),
    INT32(4),
    FLOAT32(4),
    BOOL(1),
    STRING(0),
    ARRAY(0),
    UINT64(8),
    INT64(8),
    FLOAT64(8);

    final int bytes;

    Kind(int bytes) {
      this.bytes = bytes;
    }

    /** The value at the buffer's position: a Long, Double or Boolean. */
    Object read(ByteBuffer in) {
      return switch (this) {
        case UINT8 -> in.get() & 0xffL;
        case INT8 -> (long) in.get();
        case UINT16 -> in.getShort() & 0xffffL;
        case INT16 -> (long) in.getShort();
        case UINT32 -> in.getInt() & 0xffffffffL;
        case INT32 -> (long) in.getInt();
        case INT64 -> in.getLong();
        case BOOL -> in.get() != 0;
        case FLOAT64 -> in.getDouble();
        // 1e-5 as it was written, not the nearest float's tail of digits
        case FLOAT32 -> Double.parseDouble(Float.toString(in.getFloat()));
        case UINT64 -> {
          long bits = in.getLong();
          yield bits >= 0 ? (Object) bits : (Object) ((bits >>> 1) * 2.0);
        }
        default -> throw new IllegalStateException(name());
      };
    }
  }

  /** An array of numbers or truth values as it lies in the file: one of a million costs nothing. */
  record Numbers(Kind kind, ByteBuffer bytes) {
    int length() {
      return bytes.capacity() / kind.bytes;
    }

    Object get(int i) {
      return kind.read(bytes.duplicate().order(bytes.order()).position(i * kind.bytes));
    }

    @Override
    public String toString() {
      return "a list of " + length() + " " + kind;
    }
  }

  private final Path file;
  private final Map<String, Object> entries;

  Metadata(Path file, Map<String, Object> entries) {
    this.file = file;
    this.entries = entries;
  }

  /** The keys, in the order of the file. */
  public Set<String> keys() {
    return Collections.unmodifiableSet(entries.keySet());
  }

  public boolean has(String key) {
    return entries.containsKey(key);
  }

  /** Whether a key is there and holds an array. */
  public boolean isList(String key) {
    Object value = entries.get(key);
    return value instanceof List || value instanceof Numbers;
  }

  private Object get(String key) {
    if (!has(key)) {
      throw new MalformedGgufException(file, "lacks the key " + key);
    }
    return entries.get(key);
  }

  private MalformedGgufException refuse(String key, String wanted) {
    return new MalformedGgufException(
        file, String.format("has %s = %s; wanted: %s", key, show(key), wanted));
  }

  /** A value as messages show it; long ones are cut. */
  public String show(String key) {
    Object value = get(key);
    String text = value instanceof List<?> list ? "a list of " + list.size() : value.toString();
    return text.length() > 80 ? text.substring(0, 80) + "…" : text;
  }

  /**
   * A text.
   *
   * @throws MalformedGgufException if the key is missing or holds something else
   */
  public String text(String key) {
    if (get(key) instanceof String text) {
      return text;
    }
    throw refuse(key, "a text");
  }

  /** A whole number of any width, as {@link #text}. */
  public long integer(String key) {
    if (get(key) instanceof Long number) {
      return number;
    }
    throw refuse(key, "a whole number");
  }

  /** A number of any width, as {@link #text}. A float32 comes as its shortest decimal. */
  public double number(String key) {
    if (get(key) instanceof Number number && Double.isFinite(number.doubleValue())) {
      return number.doubleValue();
    }
    throw refuse(key, "a finite number");
  }

  /** True or false, as {@link #text}. */
  public boolean flag(String key) {
    if (get(key) instanceof Boolean flag) {
      return flag;
    }
    throw refuse(key, "true or false");
  }

  /** A list of texts, as {@link #text}. */
  public List<String> texts(String key) {
    if (get(key) instanceof List<?> list
        && list.stream().allMatch(String.class::isInstance)) { // an array has one type
      return list.stream().map(String.class::cast).toList();
    }
    throw refuse(key, "a list of texts");
  }

  /** A list of whole numbers: [length], as {@link #text}. */
  public long[] integers(String key) {
    if (get(key) instanceof Numbers numbers
        && (numbers.length() == 0 || numbers.get(0) instanceof Long)) {
      long[] values = new long[numbers.length()];
      for (int i = 0; i < values.length; i++) {
        if (!(numbers.get(i) instanceof Long value)) {
          throw refuse(key, "whole numbers below 2^63");
        }
        values[i] = value;
      }
      return values;
    }
    throw refuse(key, "a list of whole numbers");
  }

  /** A list of finite numbers: [length], as {@link #text}. */
  public double[] numbers(String key) {
    if (get(key) instanceof Numbers numbers && numbers.kind() != Kind.BOOL) {
      double[] values = new double[numbers.length()];
      for (int i = 0; i < values.length; i++) {
        values[i] = ((Number) numbers.get(i)).doubleValue();
        if (!Double.isFinite(values[i])) {
          throw refuse(key, "finite numbers; number " + i + " is " + values[i]);
        }
      }
      return values;
    }
    throw refuse(key, "a list of numbers");
  }
}
