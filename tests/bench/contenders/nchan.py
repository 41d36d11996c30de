"""nchan: nginx with the module as Debian ships it, in memory and with Redis."""

import shutil
import time
import urllib.request
from dataclasses import replace
from pathlib import Path

from tests.bench.contenders.contender import (
    BACKLOG,
    START_S,
    Contender,
    Place,
    free_port,
    run,
    start_store,
)

_NCHAN_CONF = """
load_module {module};
worker_processes {workers};
worker_rlimit_nofile 20000;
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log error;
events {{ worker_connections 20000; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000000;
  nchan_shared_memory_size 256M;
  {upstream}
  server {{
    listen 127.0.0.1:{port} backlog={backlog};
    location ~ ^/chat/(.+)$ {{
      nchan_subscriber eventsource;
      nchan_channel_id $1;
      nchan_subscriber_first_message newest;
      {redis}
    }}
    location ~ ^/post/(.+)$ {{
      nchan_publisher;
      nchan_channel_id $1;
      nchan_message_buffer_length 10000;
      nchan_message_timeout 10m;
      {redis}
    }}
  }}
}}
"""
_NCHAN_MODULES = (
    "/usr/lib/nginx/modules/ngx_nchan_module.so",
    "/usr/lib64/nginx/modules/ngx_nchan_module.so",
)


def find_nchan() -> str | None:
    """The path of nchan's module; None when nginx or the module is not installed."""
    if _find_nginx() is None:
        return None
    return next((path for path in _NCHAN_MODULES if Path(path).exists()), None)


def _find_nginx() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def start_nchan(place: Place, store_port: int = 0) -> Contender:
    port = free_port()
    conf = place.folder / "nginx.conf"
    upstream = f"upstream store {{ nchan_redis_server redis://127.0.0.1:{store_port}; }}"
    text = _NCHAN_CONF.format(
        module=find_nchan(),
        workers=1,
        folder=place.folder,
        port=port,
        backlog=BACKLOG,
        upstream=upstream if store_port else "",
        redis="nchan_redis_pass store;" if store_port else "",
    )
    conf.write_text(text)
    pid = run(
        place, [str(_find_nginx()), "-c", str(conf), "-e", str(place.folder / "error.log")], port
    )
    return Contender("nchan", port, pid, post_path="/post/bench%", start="")


def start_nchan_on_redis(place: Place) -> Contender:
    store_port, store_pid = start_store(place)
    nchan = start_nchan(place, store_port)
    _wait_for_store(nchan.port)
    return replace(nchan, name="nchan+redis", store_pids=(store_pid,))


def _wait_for_store(port: int) -> None:
    """nchan listens before it is connected to Redis, and answers 503 until then."""
    deadline_s = time.monotonic() + START_S
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/post/ready", b"ready").close()
            return
        except OSError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.05)
