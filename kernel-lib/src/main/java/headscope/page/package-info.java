/**
 * Self-contained pages: what is written here opens from a file, without a network, and shows
 * foreign text as text.
 */
package headscope.page;
