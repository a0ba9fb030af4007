"""The processes and what people see: web, worker, schedule, command line, pages; it puts the packages together."""
