import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import jdk.jshell.JShell;
import jdk.jshell.SourceCodeAnalysis;
import org.dflib.jjava.jupyter.channels.JupyterConnection;
import org.dflib.jjava.jupyter.kernel.HelpLink;
import org.dflib.jjava.jupyter.kernel.JupyterIO;
import org.dflib.jjava.jupyter.kernel.KernelConnectionProperties;
import org.dflib.jjava.jupyter.kernel.LanguageInfo;
import org.dflib.jjava.jupyter.kernel.ReplacementOptions;
import org.dflib.jjava.jupyter.kernel.comm.CommManager;
import org.dflib.jjava.jupyter.kernel.display.DisplayData;
import org.dflib.jjava.jupyter.kernel.display.Renderer;
import org.dflib.jjava.jupyter.kernel.history.HistoryManager;
import org.dflib.jjava.jupyter.kernel.magic.MagicsRegistry;
import org.dflib.jjava.jupyter.kernel.magic.MagicsResolver;
import org.dflib.jjava.jupyter.kernel.util.StringStyler;
import org.dflib.jjava.kernel.JavaKernel;
import org.dflib.jjava.kernel.JavaKernelBuilder;
import org.dflib.jjava.kernel.execution.CodeEvaluator;
import org.dflib.jjava.kernel.magics.ClasspathMagic;
import org.dflib.jjava.kernel.magics.JarsMagic;
import org.dflib.jjava.kernel.magics.LoadMagic;
import org.dflib.jjava.kernel.magics.TimeMagic;
import org.dflib.jjava.maven.MavenDependencyResolver;
import org.dflib.jjava.maven.magics.AddMavenDependencyMagic;
import org.dflib.jjava.maven.magics.LoadFromPomCellMagic;
import org.dflib.jjava.maven.magics.LoadFromPomLineMagic;
import org.dflib.jjava.maven.magics.MavenMagic;
import org.dflib.jjava.maven.magics.MavenRepoMagic;

/**
 * The Java kernel with help that can be read: Shift+Tab shows signature and Javadoc, of headscope
 * from its sources archive, of the JDK where it has its sources; completion leaves out what every
 * object has. All else is JJava's. kernelspec.py compiles it against the jjava.jar that is there.
 */
public final class HelpingKernel extends JavaKernel {
  /** What completes after every dot and is hardly ever meant. */
  private static final Set<String> OF_EVERY_OBJECT =
      Set.of("getClass()", "notify()", "notifyAll()", "wait()", "wait(");

  /** Formats what JShell found; in headscope.jar, so that it is tested there. */
  private Method format;

  private boolean failed;

  private HelpingKernel(
      Builder b,
      LanguageInfo language,
      MagicsResolver resolver,
      JupyterIO io,
      JShell shell,
      CodeEvaluator evaluator) {
    super(
        b.name(),
        b.version(),
        language,
        List.of(new HelpLink("The Java API", "https://docs.oracle.com/en/java/javase/17/docs/api/")),
        b.history(),
        io,
        b.comms(),
        b.renderer(),
        resolver,
        b.magics(),
        b.extensions(),
        b.errors(),
        shell,
        evaluator);
  }

  /** Looks up headscope when help is first asked for: a notebook may never ask. */
  private Method format() {
    if (format == null && !failed) {
      try {
        Class<?> help = Class.forName("headscope.notebook.Help", true, headscope());
        Method found = help.getMethod("bundle", String[].class, String[].class);
        addSources(
            getJShell().sourceCodeAnalysis(), (List<?>) help.getMethod("sources").invoke(null));
        format = found;
      } catch (ReflectiveOperationException | RuntimeException e) {
        failed = true;
        System.err.println("kernel: help is as plain as JJava's: " + e);
      }
    }
    return format;
  }

  /** The classes of headscope for the kernel's own use; those of notebooks are loaded apart. */
  private static ClassLoader headscope() {
    List<URL> jars = new ArrayList<>();
    String path = System.getenv().getOrDefault("JJAVA_CLASSPATH", "");
    for (String entry : path.split(java.io.File.pathSeparator)) {
      try {
        if (entry.endsWith(".jar") && Files.isRegularFile(Path.of(entry))) {
          jars.add(Path.of(entry).toUri().toURL());
        }
      } catch (java.net.MalformedURLException e) {
        throw new IllegalArgumentException("no path: " + entry, e);
      }
    }
    return new URLClassLoader(jars.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
  }

  /** JShell looks into the JDK's sources alone; the builder of a later JDK takes others. */
  @SuppressWarnings("unchecked")
  private static void addSources(SourceCodeAnalysis analysis, List<?> more)
      throws ReflectiveOperationException {
    Method find = analysis.getClass().getDeclaredMethod("findSources");
    find.setAccessible(true);
    List<Path> all = new ArrayList<>((List<Path>) find.invoke(analysis));
    all.addAll((List<Path>) more);
    Field sources = analysis.getClass().getDeclaredField("availableSources");
    sources.setAccessible(true);
    sources.set(analysis, all);
  }

  @Override
  public DisplayData inspect(String code, int at, boolean extraDetail) {
    if (format() == null) {
      return super.inspect(code, at, extraDetail);
    }
    List<SourceCodeAnalysis.Documentation> found =
        getJShell().sourceCodeAnalysis().documentation(code, end(code, at), true);
    if (found.isEmpty()) {
      return null;
    }
    String[] signatures = found.stream().map(d -> d.signature()).toArray(String[]::new);
    String[] comments = found.stream().map(d -> d.javadoc()).toArray(String[]::new);
    try {
      String[] forms = (String[]) format().invoke(null, signatures, comments);
      DisplayData data = new DisplayData(forms[0]);
      data.putHTML(forms[1]);
      return data;
    } catch (ReflectiveOperationException e) {
      return super.inspect(code, at, extraDetail);
    }
  }

  /** The end of the name that the cursor is in or behind; its parenthesis, for a method is meant. */
  private static int end(String code, int at) {
    int end = Math.max(0, Math.min(at, code.length()));
    while (end < code.length() && Character.isJavaIdentifierPart(code.charAt(end))) {
      end++;
    }
    int open = end;
    while (open < code.length() && Character.isWhitespace(code.charAt(open))) {
      open++;
    }
    return open < code.length() && code.charAt(open) == '(' ? open + 1 : end;
  }

  @Override
  public ReplacementOptions complete(String code, int at) {
    ReplacementOptions all = super.complete(code, at);
    if (all == null) {
      return null;
    }
    List<String> some =
        all.getReplacements().stream().filter(o -> !OF_EVERY_OBJECT.contains(o)).toList();
    // Somebody who has typed as far as wai means it.
    return some.isEmpty()
        ? all
        : new ReplacementOptions(some, all.getSourceStart(), all.getSourceEnd());
  }

  private static final class Builder extends JavaKernelBuilder<Builder, HelpingKernel> {
    String name() {
      return buildName();
    }

    String version() {
      return buildVersion();
    }

    HistoryManager history() {
      return buildHistoryManager();
    }

    CommManager comms() {
      return buildCommManager();
    }

    Renderer renderer() {
      return buildRenderer();
    }

    MagicsRegistry magics() {
      return buildMagicsRegistry();
    }

    boolean extensions() {
      return buildExtensionsEnabled();
    }

    StringStyler errors() {
      return buildErrorStyler();
    }

    @Override
    public HelpingKernel build() {
      CodeEvaluator evaluator = buildCodeEvaluator(buildName());
      return new HelpingKernel(
          this,
          buildLanguageInfo(),
          buildMagicsResolver(buildMagicTranspiler()),
          buildJupyterIO(buildJupyterIOEncoding()),
          buildJShell(evaluator),
          evaluator);
    }
  }

  /** Starts the kernel as JJava starts its own, with the same variables and magics. */
  public static void main(String[] arguments) throws Exception {
    System.setProperty(
        "java.util.logging.SimpleFormatter.format",
        "[%4$.1s %1$tF %1$tT.%1$tL %3$s] %5$s%n"); // as Jupyter logs
    JupyterConnection connection =
        new JupyterConnection(
            KernelConnectionProperties.parse(Files.readString(Path.of(arguments[0]))));
    MavenDependencyResolver maven = new MavenDependencyResolver();
    TimeMagic time = new TimeMagic();
    HelpingKernel kernel =
        timed(new Builder(), setting("timeout"))
            .name("JJava")
            .version("with help")
            .extensionsEnabled((Boolean) setting("extensionsEnabled"))
            .compilerOpts(listed("compilerOpts"))
            .lineMagic("load", new LoadMagic())
            .lineMagic("classpath", new ClasspathMagic())
            .lineMagic("time", time)
            .lineMagic("maven", new MavenMagic(maven))
            .lineMagic("mavenRepo", new MavenRepoMagic(maven))
            .lineMagic("loadFromPOM", new LoadFromPomLineMagic(maven))
            .lineMagic("jars", new JarsMagic())
            .lineMagic("addMavenDependency", new AddMavenDependencyMagic(maven))
            .cellMagic("loadFromPOM", new LoadFromPomCellMagic(maven))
            .cellMagic("time", time)
            .build();
    kernel.onStartup();
    kernel.addToClasspath((String) setting("extraClasspath"));
    for (String script : listed("startupSnippets")) {
      kernel.evalBuilder(script).resolveMagics().eval();
    }
    kernel.becomeHandlerForConnection(connection);
    connection.connect();
    connection.waitUntilClose();
  }

  /** What JJava reads off its environment variables; its class for that is not public. */
  private static Object setting(String name) throws ReflectiveOperationException {
    Method method = Class.forName("org.dflib.jjava.distro.Env").getMethod(name);
    method.setAccessible(true);
    return method.invoke(null);
  }

  @SuppressWarnings("unchecked")
  private static List<String> listed(String name) throws ReflectiveOperationException {
    return (List<String>) setting(name);
  }

  private static Builder timed(Builder builder, Object timeout) {
    if (timeout == null) {
      return builder;
    }
    Matcher parts = Pattern.compile("(-?\\d+)\\W*([A-Za-z]*)").matcher((String) timeout);
    if (!parts.matches()) {
      throw new IllegalArgumentException("JJAVA_TIMEOUT is a number and a unit, got " + timeout);
    }
    String unit = parts.group(2).isEmpty() ? "MILLISECONDS" : parts.group(2);
    return builder.timeout(Long.parseLong(parts.group(1)), TimeUnit.valueOf(unit.toUpperCase()));
  }
}
