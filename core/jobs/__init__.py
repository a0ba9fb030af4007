"""Jobs as rows: asked for in the transaction that made them due, claimed for as long as their lease is renewed."""
