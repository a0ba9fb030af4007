"""The roof: web, worker, schedule, pipeline, command line, pages and migrations; it puts the rooms together."""
