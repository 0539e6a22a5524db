package headscope.json;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * A component of a record whose keys stand among those of the record itself. It is a record, an
 * {@code Optional} one, a sealed interface of records, or a map whose keys are {@link Keyed} enums.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Flat {}
