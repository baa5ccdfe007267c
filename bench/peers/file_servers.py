"""Apache, lighttpd and nginx as WebDAV servers, where the system has them."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.server import free_port

SBIN = "/usr/sbin"
MODULES = Path("/usr/lib")
OWNER = "www-data"


def _apache(folder: Path, port: int) -> list[str]:
    loaded = ("mpm_event", "authz_core", "mime", "dav", "dav_fs", "setenvif")
    modules = "\n".join(
        f"LoadModule {name}_module {MODULES}/apache2/modules/mod_{name}.so" for name in loaded
    )
    (folder / "lock").mkdir()
    (folder / "server.conf").write_text(f"""{modules}
ServerRoot {folder}
PidFile {folder}/pid
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
User {OWNER}
Group {OWNER}
TypesConfig /etc/mime.types
DocumentRoot {folder}/root
ErrorLog {folder}/errors
KeepAlive On
MaxKeepAliveRequests 0
DavLockDB {folder}/lock/locks
<Directory />
 Require all granted
</Directory>
<Location />
 Dav On
</Location>
""")
    return [f"{SBIN}/apache2", "-f", f"{folder}/server.conf", "-DFOREGROUND"]


def _lighttpd(folder: Path, port: int) -> list[str]:
    (folder / "lock").mkdir()
    (folder / "server.conf").write_text(f"""server.modules = ("mod_webdav")
server.document-root = "{folder}/root"
server.port = {port}
server.bind = "127.0.0.1"
server.username = "{OWNER}"
server.groupname = "{OWNER}"
server.errorlog = "{folder}/errors"
server.upload-dirs = ("{folder}/lock")
server.max-keep-alive-requests = 100000000
webdav.activate = "enable"
webdav.sqlite-db-name = "{folder}/lock/locks.db"
mimetype.assign = ("" => "application/octet-stream")
""")
    return [f"{SBIN}/lighttpd", "-D", "-f", f"{folder}/server.conf"]


def _nginx(folder: Path, port: int) -> list[str]:
    (folder / "server.conf").write_text(f"""
load_module {MODULES}/nginx/modules/ngx_http_dav_ext_module.so;
daemon off; pid {folder}/pid; error_log {folder}/errors error; user {OWNER};
worker_processes 2;
events {{ worker_connections 1024; }}
http {{
 access_log off; sendfile on; keepalive_requests 100000000; client_max_body_size 0;
 client_body_temp_path {folder}/body; dav_ext_lock_zone zone=z:10m;
 server {{
  listen 127.0.0.1:{port}; root {folder}/root; dav_methods PUT DELETE MKCOL COPY MOVE;
  dav_ext_methods PROPFIND OPTIONS LOCK UNLOCK; dav_ext_lock zone=z;
 }}
}}
""")
    return [f"{SBIN}/nginx", "-p", str(folder), "-c", f"{folder}/server.conf"]


FILE_SERVERS: dict[str, Callable[[Path, int], list[str]]] = {
    "apache": _apache,
    "lighttpd": _lighttpd,
    "nginx": _nginx,
}
_PROGRAMS = {"apache": "apache2", "lighttpd": "lighttpd", "nginx": "nginx"}


@contextmanager
def serving(name: str) -> Iterator[int | None]:
    """Run a server on a fresh folder; give its port, or None where there is no such program."""
    if not Path(f"{SBIN}/{_PROGRAMS[name]}").exists() or os.geteuid() != 0:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix=f"bench-{name}-"))
    port = free_port()
    (folder / "root").mkdir()
    command = FILE_SERVERS[name](folder, port)
    folder.chmod(0o755)
    for path in (folder, *folder.iterdir()):
        shutil.chown(path, OWNER, OWNER)
    log = (folder / "output").open("wb")
    process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait(30)
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int) -> None:
    until = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return
