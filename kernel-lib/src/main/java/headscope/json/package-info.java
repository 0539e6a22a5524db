/** JSON in one way: how every file and page of headscope writes and reads it. */
package headscope.json;
