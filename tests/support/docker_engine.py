"""A Docker Engine of its own: another daemon on this machine is neither used nor touched. Needs root and Debian's docker.io.

Everything lies in a short temporary folder (the path of a unix socket has at most 107 bytes).
"""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

PROGRAMS = ("dockerd", "containerd", "runc", "docker", "busybox")
IMAGE = "wakeful-test"
DEADLINE_S = 60


def why_not():
    """Why no engine can be started here; None when it can."""
    if os.geteuid() != 0:
        return "needs root"
    missing = [name for name in PROGRAMS if not shutil.which(name)]
    if missing:
        return f"not installed: {', '.join(missing)} (Debian: docker.io busybox-static)"
    with open(shutil.which("busybox"), "rb") as program:
        if b"/lib64/ld-linux" in program.read(4096):
            return "busybox is not linked statically (Debian: busybox-static)"
    return None


class Engine:
    """dockerd with the driver that works, one image, and the docker command."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="wkd.", dir="/tmp"))
        self.socket = self.folder / "d.sock"
        self.url = f"unix:{self.socket}"
        # Not /docker: the containers of another engine must not compete with ours within one group.
        self.cgroup = f"/wakeful-{self.folder.name.removeprefix('wkd.')}"
        self.process = None
        self.driver = None

    def start(self):
        for driver in [self.driver] if self.driver else ["overlay2", "vfs"]:
            if self._start_with(driver):
                self.driver = driver
                return
        raise RuntimeError(f"dockerd does not start: {self.log()[-3000:]}")

    def _start_with(self, driver):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                ["dockerd", "--iptables=false", "--ip6tables=false", "--bridge=none", "--live-restore",
                 "--cgroup-parent", self.cgroup, "--exec-opt", "native.cgroupdriver=cgroupfs",
                 "--data-root", self.folder / "data", "--exec-root", self.folder / "exec",
                 "--pidfile", self.folder / "pid", "--host", f"unix://{self.socket}", "--storage-driver", driver],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            if self.process.poll() is not None:
                return False
            if self.socket.exists() and self.docker("version", check=False).returncode == 0:
                return True
            time.sleep(0.1)
        self.kill()
        return False

    def log(self):
        return (self.folder / "log").read_text(errors="replace")

    def docker(self, *arguments, check=True, timeout=DEADLINE_S):
        done = subprocess.run(["docker", "--host", f"unix://{self.socket}", *map(str, arguments)],
                              capture_output=True, text=True, timeout=timeout, stdin=subprocess.DEVNULL)
        if check and done.returncode != 0:
            raise RuntimeError(f"docker {' '.join(map(str, arguments))}: {done.stderr}")
        return done

    def make_image(self):
        root = self.folder / "root"
        (root / "bin").mkdir(parents=True)
        (root / "tmp").mkdir()
        shutil.copy(shutil.which("busybox"), root / "bin/busybox")
        for applet in ("sh", "sleep", "true", "cat", "head", "tail"):
            (root / "bin" / applet).symlink_to("busybox")
        archive = self.folder / "root.tar"
        subprocess.run(["tar", "-C", root, "-cf", archive, "."], check=True)
        self.docker("import", archive, IMAGE)

    def run(self, name, *command, options=()):
        self.docker("run", "--detach", "--network", "none", "--name", name, *options, IMAGE, *command)

    def inspect(self, name):
        return json.loads(self.docker("inspect", name).stdout)[0]

    def remove(self, names):
        """A paused container cannot be killed before it goes on."""
        paused = self.docker("ps", "--quiet", "--filter", "status=paused").stdout.split()
        if paused:
            self.docker("unpause", *paused)
        if names:
            self.docker("rm", "--force", "--volumes", *names)

    def stop(self):
        """Ends the daemon; containers go on (live restore) until close()."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(DEADLINE_S)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        try:
            if self.process.poll() is not None:
                self.start()
            self.process.send_signal(signal.SIGCONT)
            self.remove(self.docker("ps", "--all", "--quiet").stdout.split())
        finally:
            self.stop()
            for mount in self._mounts():
                subprocess.run(["umount", "--lazy", mount], check=False)
            shutil.rmtree(self.folder, ignore_errors=True)
            groups = pathlib.Path("/sys/fs/cgroup")
            for group in [pathlib.Path(f"{groups}{self.cgroup}"), *groups.glob(f"*{self.cgroup}")]:
                with contextlib.suppress(OSError):
                    group.rmdir()

    def _mounts(self):
        with open("/proc/self/mounts", encoding="utf-8") as mounts:
            found = [line.split()[1] for line in mounts]
        return sorted((path for path in found if path.startswith(f"{self.folder}/")), reverse=True)
