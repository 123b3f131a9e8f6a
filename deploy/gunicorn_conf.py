"""The web server. One process with threads suits SQLite; WEB_PROCESSES raises it for PostgreSQL."""

import os

wsgi_app = "portal.wsgi"
worker_class = "gthread"
workers = int(os.environ.get("WEB_PROCESSES", "1"))
threads = int(os.environ.get("WEB_THREADS", "8"))
timeout = 120
graceful_timeout = 8
keepalive = 5
# Paths would tell which receipt or code somebody looked up: nothing about requests is written.
accesslog = None
control_socket_disable = True
