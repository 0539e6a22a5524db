package headscope.template;

import java.time.LocalDateTime;
import java.time.format.TextStyle;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** {@code strftime} of a local time, with English names, as the C locale of Linux has it. */
final class Strftime {
  private static final String KNOWN = "aAbBcdeDfFgGhHIjklmMnpPrRStTuUVwWxXyYzZ%";

  private final Run run;
  private final LocalDateTime now;

  private Strftime(Run run) {
    this.run = run;
    this.now = run.now;
  }

  static String format(Run run, String format) {
    return new Strftime(run).format(format);
  }

  private String format(String format) {
    run.spendText(format.length());
    Output out = new Output(run);
    for (int i = 0; i < format.length(); i++) {
      if (format.charAt(i) != '%') {
        out.append(format.substring(i, i + 1));
        continue;
      }
      run.spend(1);
      boolean unpadded = format.startsWith("-", i + 1);
      i += unpadded ? 2 : 1;
      String directive = i < format.length() ? format.substring(i, i + 1) : "";
      if (directive.isEmpty()
          || KNOWN.indexOf(directive) < 0
          || unpadded && "deHIjklmMSUVWyg".indexOf(directive) < 0) {
        throw Failure.unsupported(
            "the directive '%%%s%s' of strftime_now is not supported"
                .formatted(unpadded ? "-" : "", directive));
      }
      String part = directive(directive.charAt(0));
      out.append(unpadded ? unpadded(part) : part);
    }
    return out.toString();
  }

  private static String unpadded(String number) {
    int i = 0;
    while (i < number.length() - 1 && (number.charAt(i) == '0' || number.charAt(i) == ' ')) {
      i++;
    }
    return number.substring(i);
  }

  private String directive(char directive) {
    switch (directive) {
      case 'a':
        return now.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
      case 'A':
        return now.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      case 'b':
      case 'h':
        return now.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH).substring(0, 3);
      case 'B':
        return now.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
      case 'c':
        return format("%a %b %e %H:%M:%S %Y");
      case 'd':
        return digits("%02d", now.getDayOfMonth());
      case 'e':
        return digits("%2d", now.getDayOfMonth());
      case 'D':
      case 'x':
        return format("%m/%d/%y");
      case 'f':
        return digits("%06d", now.getNano() / 1000);
      case 'F':
        return format("%Y-%m-%d");
      case 'g':
        return digits("%02d", now.get(IsoFields.WEEK_BASED_YEAR) % 100);
      case 'G':
        return digits("%d", now.get(IsoFields.WEEK_BASED_YEAR));
      case 'H':
        return digits("%02d", now.getHour());
      case 'k':
        return digits("%2d", now.getHour());
      case 'I':
        return digits("%02d", halfDayHour());
      case 'l':
        return digits("%2d", halfDayHour());
      case 'j':
        return digits("%03d", now.getDayOfYear());
      case 'm':
        return digits("%02d", now.getMonthValue());
      case 'M':
        return digits("%02d", now.getMinute());
      case 'n':
        return "\n";
      case 'p':
        return now.getHour() < 12 ? "AM" : "PM";
      case 'P':
        return now.getHour() < 12 ? "am" : "pm";
      case 'r':
        return format("%I:%M:%S %p");
      case 'R':
        return format("%H:%M");
      case 'S':
        return digits("%02d", now.getSecond());
      case 't':
        return "\t";
      case 'T':
      case 'X':
        return format("%H:%M:%S");
      case 'u':
        return digits("%d", now.getDayOfWeek().getValue());
      case 'U':
        return digits("%02d", (now.getDayOfYear() + 6 - sundayIs0()) / 7);
      case 'V':
        return digits("%02d", now.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
      case 'w':
        return digits("%d", sundayIs0());
      case 'W':
        return digits("%02d", (now.getDayOfYear() + 6 - (sundayIs0() + 6) % 7) / 7);
      case 'y':
        return digits("%02d", now.getYear() % 100);
      case 'Y':
        return digits("%d", now.getYear());
      case '%':
        return "%";
      default:
        // %z and %Z: a local time knows no zone.
        return "";
    }
  }

  private static String digits(String format, int number) {
    return String.format(Locale.ROOT, format, number);
  }

  private int halfDayHour() {
    return (now.getHour() + 11) % 12 + 1;
  }

  private int sundayIs0() {
    return now.getDayOfWeek().getValue() % 7;
  }
}
