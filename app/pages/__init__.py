"""The admin's pages: one file for each page, its template beside it."""
