package headscope.json;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.TypeAdapter;
import com.google.gson.TypeAdapterFactory;
import com.google.gson.reflect.TypeToken;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import java.io.IOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * Records as JSON objects, a key a component in their order; what is {@link Flat} stands among
 * them, what is an empty {@code Optional} is left out, and a key that is not there is said by name.
 */
final class RecordAdapters implements TypeAdapterFactory {
  private static final String PART = "part";

  @Override
  public <T> TypeAdapter<T> create(Gson gson, TypeToken<T> type) {
    Class<? super T> raw = type.getRawType();
    if (raw.isRecord() || raw.isSealed() && raw.isInterface()) {
      return new ObjectAdapter<>(fields(gson, type.getType()));
    }
    if (raw == OptionalInt.class || raw == OptionalDouble.class) {
      return numbers(type);
    }
    return raw.isEnum() && Keyed.class.isAssignableFrom(raw) ? keyed(type) : null;
  }

  /** What an object is made of: keys of its own, or some of another object. */
  private interface Fields {
    void write(JsonWriter out, Object value) throws IOException;

    /** Whether an object has what it takes. */
    boolean in(JsonObject o);

    Object read(JsonObject o);
  }

  private static final class ObjectAdapter<T> extends TypeAdapter<T> {
    private final Fields fields;

    ObjectAdapter(Fields fields) {
      this.fields = fields;
    }

    @Override
    public void write(JsonWriter out, T value) throws IOException {
      out.beginObject();
      fields.write(out, value);
      out.endObject();
    }

    @Override
    @SuppressWarnings("unchecked") // the fields are those of T
    public T read(JsonReader in) {
      JsonElement e = JsonParser.parseReader(in);
      if (!e.isJsonObject()) {
        throw new JsonParseException("it has " + e + " where an object should be");
      }
      return (T) fields.read(e.getAsJsonObject());
    }
  }

  private static Fields fields(Gson gson, Type type) {
    Class<?> raw = TypeToken.get(type).getRawType();
    if (raw.isRecord()) {
      return new RecordFields(gson, raw);
    }
    if (raw.isSealed()) {
      return new SealedFields(
          Arrays.stream(raw.getPermittedSubclasses())
              .map(record -> new RecordFields(gson, record))
              .toList());
    }
    Type[] arguments = ((ParameterizedType) type).getActualTypeArguments();
    return raw == Optional.class
        ? new OptionalFields(fields(gson, arguments[0]))
        : new MapFields(
            (Class<?>) arguments[0], adapter(gson, TypeToken.get(arguments[1]).getType()));
  }

  @SuppressWarnings("unchecked") // what is written with it is of that type
  private static TypeAdapter<Object> adapter(Gson gson, Type type) {
    return (TypeAdapter<Object>) gson.getAdapter(TypeToken.get(type));
  }

  /** A component: its key, and the fields or the adapter of its value. */
  private record Component(
      RecordComponent component, Optional<Fields> flat, TypeAdapter<Object> adapter) {
    Object of(Object owner) {
      try {
        return component.getAccessor().invoke(owner);
      } catch (IllegalAccessException | InvocationTargetException e) {
        throw new IllegalStateException(component + " cannot be read: " + e, e);
      }
    }
  }

  private static final class RecordFields implements Fields {
    private final Class<?> type;
    private final Constructor<?> constructor;
    private final List<Component> components = new ArrayList<>();

    RecordFields(Gson gson, Class<?> type) {
      this.type = type;
      try {
        constructor =
            type.getDeclaredConstructor(
                Arrays.stream(type.getRecordComponents())
                    .map(RecordComponent::getType)
                    .toArray(Class<?>[]::new));
      } catch (NoSuchMethodException e) {
        throw new IllegalStateException("every record has its constructor", e);
      }
      constructor.setAccessible(true);
      for (RecordComponent c : type.getRecordComponents()) {
        c.getAccessor().setAccessible(true);
        boolean flat = c.isAnnotationPresent(Flat.class);
        components.add(
            new Component(
                c,
                flat ? Optional.of(fields(gson, c.getGenericType())) : Optional.empty(),
                flat ? null : adapter(gson, c.getGenericType())));
      }
    }

    Optional<String> part() {
      return Optional.ofNullable(type.getAnnotation(Part.class)).map(Part::value);
    }

    boolean is(Object value) {
      return type.isInstance(value);
    }

    @Override
    public void write(JsonWriter out, Object value) throws IOException {
      Optional<String> part = part();
      if (part.isPresent()) {
        out.name(PART).value(part.get());
      }
      for (Component c : components) {
        Object v = c.of(value);
        if (c.flat().isPresent()) {
          c.flat().get().write(out, v);
        } else if (!isEmpty(v)) {
          out.name(c.component().getName());
          c.adapter().write(out, v);
        }
      }
    }

    private static boolean isEmpty(Object value) {
      return value instanceof OptionalInt i && i.isEmpty()
          || value instanceof OptionalDouble d && d.isEmpty();
    }

    @Override
    public boolean in(JsonObject o) {
      return part().isEmpty() || part().get().equals(text(o.get(PART)))
          ? components.stream()
              .allMatch(
                  c ->
                      c.flat().map(f -> f.in(o)).orElse(true)
                          && (c.flat().isPresent()
                              || isOptional(c)
                              || o.has(c.component().getName())))
          : false;
    }

    private static String text(JsonElement e) {
      return e != null && e.isJsonPrimitive() ? e.getAsString() : "";
    }

    private static boolean isOptional(Component c) {
      Class<?> type = c.component().getType();
      return type == OptionalInt.class || type == OptionalDouble.class;
    }

    @Override
    public Object read(JsonObject o) {
      Object[] values = new Object[components.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = value(components.get(i), o);
      }
      try {
        return constructor.newInstance(values);
      } catch (InvocationTargetException e) {
        if (e.getCause() instanceof RuntimeException refused) {
          throw refused;
        }
        throw new IllegalStateException(type + " cannot be made: " + e.getCause(), e);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(type + " cannot be made: " + e, e);
      }
    }

    private static Object value(Component c, JsonObject o) {
      if (c.flat().isPresent()) {
        return c.flat().get().read(o);
      }
      String key = c.component().getName();
      JsonElement e = o.get(key);
      if (e == null && !isOptional(c)) {
        throw new JsonParseException("it has no \"" + key + "\"");
      }
      return c.adapter().fromJsonTree(e == null ? JsonNull.INSTANCE : e);
    }
  }

  /** One of several records: that whose part is named, or whose keys are all there. */
  private record SealedFields(List<RecordFields> records) implements Fields {
    @Override
    public void write(JsonWriter out, Object value) throws IOException {
      records.stream().filter(r -> r.is(value)).findFirst().orElseThrow().write(out, value);
    }

    @Override
    public boolean in(JsonObject o) {
      return records.stream().anyMatch(r -> r.in(o));
    }

    @Override
    public Object read(JsonObject o) {
      return records.stream()
          .filter(r -> r.in(o))
          .findFirst()
          .orElseThrow(
              () -> new JsonParseException("it has the keys " + o.keySet() + ", of no known kind"))
          .read(o);
    }
  }

  private record OptionalFields(Fields fields) implements Fields {
    @Override
    public void write(JsonWriter out, Object value) throws IOException {
      Optional<?> optional = (Optional<?>) value;
      if (optional.isPresent()) {
        fields.write(out, optional.get());
      }
    }

    @Override
    public boolean in(JsonObject o) {
      return true;
    }

    @Override
    public Object read(JsonObject o) {
      return fields.in(o) ? Optional.of(fields.read(o)) : Optional.empty();
    }
  }

  private record MapFields(Class<?> keys, TypeAdapter<Object> values) implements Fields {
    @Override
    public void write(JsonWriter out, Object value) throws IOException {
      for (Map.Entry<?, ?> e : ((Map<?, ?>) value).entrySet()) {
        out.name(((Keyed) e.getKey()).key());
        values.write(out, e.getValue());
      }
    }

    @Override
    public boolean in(JsonObject o) {
      return true;
    }

    @Override
    public Object read(JsonObject o) {
      Map<Object, Object> map = new LinkedHashMap<>();
      for (Object key : keys.getEnumConstants()) {
        JsonElement e = o.get(((Keyed) key).key());
        if (e != null) {
          map.put(key, values.fromJsonTree(e));
        }
      }
      return map;
    }
  }

  /** An optional number; null where a list or map has an empty one. */
  private static <T> TypeAdapter<T> numbers(TypeToken<T> type) {
    return new TypeAdapter<>() {
      @Override
      public void write(JsonWriter out, T value) throws IOException {
        if (value instanceof OptionalInt i && i.isPresent()) {
          out.value(i.getAsInt());
        } else if (value instanceof OptionalDouble d && d.isPresent()) {
          out.value(d.getAsDouble());
        } else {
          out.nullValue();
        }
      }

      @Override
      @SuppressWarnings("unchecked") // it is one of the two
      public T read(JsonReader in) throws IOException {
        boolean whole = type.getRawType() == OptionalInt.class;
        if (in.peek() == JsonToken.NULL) {
          in.nextNull();
          return (T) (whole ? OptionalInt.empty() : OptionalDouble.empty());
        }
        return (T) (whole ? OptionalInt.of(in.nextInt()) : OptionalDouble.of(in.nextDouble()));
      }
    };
  }

  private static <T> TypeAdapter<T> keyed(TypeToken<T> type) {
    return new TypeAdapter<>() {
      @Override
      public void write(JsonWriter out, T value) throws IOException {
        out.value(((Keyed) value).key());
      }

      @Override
      @SuppressWarnings("unchecked") // constants of the type
      public T read(JsonReader in) throws IOException {
        String key = in.nextString();
        return (T)
            Arrays.stream(type.getRawType().getEnumConstants())
                .filter(c -> ((Keyed) c).key().equals(key))
                .findFirst()
                .orElseThrow(() -> new JsonParseException("it has an unknown word, " + key));
      }
    };
  }
}
