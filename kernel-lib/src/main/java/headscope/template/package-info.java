/**
 * The part of the Jinja language that chat templates use. {@link headscope.template.ChatTemplate}
 * renders a template exactly as Hugging Face transformers does, or refuses it with a {@link
 * headscope.template.TemplateException} that names the construct. A template sees nothing but the
 * values it is given, and its work, depth and output are bounded.
 */
package headscope.template;
