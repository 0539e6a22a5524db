package headscope.model;

/** Keys and values that a pass adds to, and that its rows look into. */
sealed interface KeyValues permits KvCache, RowLookup {}
