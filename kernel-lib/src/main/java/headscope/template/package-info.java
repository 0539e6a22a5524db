/**
 * The part of the Jinja language that chat templates use. {@link headscope.template.ChatTemplate}
 * renders a template exactly as Hugging Face transformers does, or refuses it with a {@link
 * headscope.template.TemplateException} that names the construct. A template sees nothing but the
 * values it is given, and its work, depth and output are bounded. {@link
 * headscope.template.PageTemplate} renders our own pages in the same language, escaped.
 *
 * <p>What published templates use was counted over some 300 of them with {@code
 * environment/tools/template_constructs.py}; of the rest only what costs a line is here.
 *
 * <pre>
 *   ChatTemplate template = ChatTemplate.parse("Hello, {{ name }}!");
 *   String text = template.render(Map.of("name", "world"), LocalDateTime.now());
 * </pre>
 */
package headscope.template;
