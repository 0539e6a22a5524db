package headscope.gguf;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes GGUF files as they should be, or just not. */
public final class MadeGguf {
  private final ByteArrayOutputStream keys = new ByteArrayOutputStream();
  private final ByteArrayOutputStream infos = new ByteArrayOutputStream();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private long keyCount;
  private long tensorCount;
  private int magic = 0x46554747;
  private int version = 3;

  private static ByteBuffer bytes(int n) {
    return ByteBuffer.allocate(n).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void put(ByteArrayOutputStream to, long value, int width) {
    to.write(bytes(8).putLong(value).array(), 0, width);
  }

  private static void text(ByteArrayOutputStream to, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    put(to, utf8.length, 8);
    to.writeBytes(utf8);
  }

  public MadeGguf magic(int number) {
    magic = number;
    return this;
  }

  public MadeGguf version(int number) {
    version = number;
    return this;
  }

  /** Adds to what the header claims. */
  public MadeGguf claim(long moreTensors, long moreKeys) {
    tensorCount += moreTensors;
    keyCount += moreKeys;
    return this;
  }

  /** An entry of any type number, its value as raw bytes. */
  public MadeGguf raw(String key, int type, byte... value) {
    keyCount++;
    text(keys, key);
    put(keys, type, 4);
    keys.writeBytes(value);
    return this;
  }

  public MadeGguf u32(String key, long value) {
    return raw(key, 4, bytes(4).putInt((int) value).array());
  }

  public MadeGguf f32(String key, float value) {
    return raw(key, 6, bytes(4).putFloat(value).array());
  }

  public MadeGguf flag(String key, boolean value) {
    return raw(key, 7, (byte) (value ? 1 : 0));
  }

  public MadeGguf text(String key, String value) {
    ByteArrayOutputStream raw = new ByteArrayOutputStream();
    text(raw, value);
    return raw(key, 8, raw.toByteArray());
  }

  public MadeGguf texts(String key, List<String> values) {
    ByteArrayOutputStream raw = new ByteArrayOutputStream();
    put(raw, 8, 4);
    put(raw, values.size(), 8);
    values.forEach(v -> text(raw, v));
    return raw(key, 9, raw.toByteArray());
  }

  public MadeGguf ints(String key, int... values) {
    ByteBuffer raw = bytes(12 + 4 * values.length).putInt(5).putLong(values.length);
    for (int v : values) {
      raw.putInt(v);
    }
    return raw(key, 9, raw.array());
  }

  public MadeGguf floats(String key, float... values) {
    ByteBuffer raw = bytes(12 + 4 * values.length).putInt(6).putLong(values.length);
    for (float v : values) {
      raw.putFloat(v);
    }
    return raw(key, 9, raw.array());
  }

  /** The description of a tensor; dimensions innermost first, as in the file. */
  public MadeGguf info(String name, int type, long offset, long... dimensions) {
    tensorCount++;
    text(infos, name);
    put(infos, dimensions.length, 4);
    for (long d : dimensions) {
      put(infos, d, 8);
    }
    put(infos, type, 4);
    put(infos, offset, 8);
    return this;
  }

  /** A tensor and its raw bytes, behind those before it. */
  public MadeGguf tensor(String name, BlockType type, byte[] raw, long... dimensions) {
    info(name, number(type), data.size(), dimensions);
    data.writeBytes(raw);
    while (data.size() % 32 != 0) {
      data.write(0);
    }
    return this;
  }

  /** An F32 tensor; dimensions outermost first. */
  public MadeGguf f32(String name, float[] values, long... shape) {
    ByteBuffer raw = bytes(4 * values.length);
    for (float v : values) {
      raw.putFloat(v);
    }
    long[] dimensions = new long[shape.length];
    for (int i = 0; i < shape.length; i++) {
      dimensions[i] = shape[shape.length - 1 - i];
    }
    return tensor(name, BlockType.F32, raw.array(), dimensions);
  }

  private static int number(BlockType type) {
    for (int i = 0; i < 64; i++) {
      if (BlockType.of(i).filter(type::equals).isPresent()) {
        return i;
      }
    }
    throw new IllegalArgumentException(type.name());
  }

  public byte[] bytes() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    put(all, magic, 4);
    put(all, version, 4);
    put(all, tensorCount, 8);
    put(all, keyCount, 8);
    all.writeBytes(keys.toByteArray());
    all.writeBytes(infos.toByteArray());
    while (all.size() % 32 != 0) {
      all.write(0);
    }
    all.writeBytes(data.toByteArray());
    return all.toByteArray();
  }

  public Path write(Path file) {
    try {
      return Files.write(file, bytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
