package headscope.template;

import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.util.Locale;

/** {@code strftime} of a local time, with English names, as the C locale of Linux has it. */
final class Strftime {
  private Strftime() {}

  static String format(Run run, String format) {
    run.spendText(format.length());
    Output out = new Output(run);
    for (int i = 0; i < format.length(); i++) {
      if (format.charAt(i) != '%') {
        out.append(format.substring(i, i + 1));
        continue;
      }
      boolean unpadded = format.startsWith("-", i + 1);
      i += unpadded ? 2 : 1;
      char directive = i < format.length() ? format.charAt(i) : ' ';
      if (unpadded && "dHIjmMSy".indexOf(directive) < 0) {
        throw unsupported("-" + directive);
      }
      String part = part(run.now, directive);
      out.append(unpadded ? part.replaceFirst("^0+(?=.)", "") : part);
    }
    return out.toString();
  }

  private static String part(LocalDateTime now, char directive) {
    switch (directive) {
      case 'a':
        return now.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
      case 'A':
        return now.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      case 'b':
        return now.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH).substring(0, 3);
      case 'B':
        return now.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      case 'd':
        return digits(2, now.getDayOfMonth());
      case 'H':
        return digits(2, now.getHour());
      case 'I':
        return digits(2, (now.getHour() + 11) % 12 + 1);
      case 'j':
        return digits(3, now.getDayOfYear());
      case 'm':
        return digits(2, now.getMonthValue());
      case 'M':
        return digits(2, now.getMinute());
      case 'p':
        return now.getHour() < 12 ? "AM" : "PM";
      case 'S':
        return digits(2, now.getSecond());
      case 'y':
        return digits(2, now.getYear() % 100);
      case 'Y':
        return digits(1, now.getYear());
      case '%':
        return "%";
      default:
        throw unsupported("" + directive);
    }
  }

  private static String digits(int count, int number) {
    return String.format(Locale.ROOT, "%0" + count + "d", number);
  }

  private static Failure unsupported(String directive) {
    return Failure.unsupported(
        ("the directive '%%%s' of strftime_now is not supported; supported are a, A, b, B, d, H, I,"
                + " j, m, M, p, S, y, Y and %%")
            .formatted(directive));
  }
}
