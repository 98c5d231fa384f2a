#!/usr/bin/env python3
"""How long a language server takes, as an editor sees it: any server that speaks over stdio, so that several can be
measured in the same minutes on the same machine.

    benches/servers.py FOLDER FILE [--at REGEX] [--edits N] [--open-all] -- COMMAND...

FILE, below FOLDER, is opened; then the line that REGEX finds (else the last) gets a letter at its end, or loses it, N
times. Printed are the times from the start to the first findings, from an edit to its findings (asked for, where the
server can be asked, else pushed), from the question for completion to the answer, what a save costs, of which the client
tells as one that watches files does, and the memory and processor time that the server took. `--open-all` opens every text file of FOLDER first.
"""

import argparse
import contextlib
import json
import os
import queue
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

CAPABILITIES = {
    "textDocument": {
        "publishDiagnostics": {"relatedInformation": True, "versionSupport": True},
        "completion": {"completionItem": {"snippetSupport": True}},
    },
    "workspace": {
        "configuration": True,
        "workspaceFolders": True,
        "didChangeWatchedFiles": {"dynamicRegistration": True},
    },
    "general": {"positionEncodings": ["utf-16"]},
}
SAVES = 3
LANGUAGES = {".py": "python", ".toml": "toml", ".json": "json"}


class Server:
    def __init__(self, command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self.lock, self.number, self.asked, self.pushed = threading.Lock(), 0, {}, queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def send(self, **message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        with self.lock:
            self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
            self.process.stdin.flush()

    def read(self):
        pipe = self.process.stdout
        while line := pipe.readline():
            length = 0
            while line not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
                line = pipe.readline()
            message = json.loads(pipe.read(length) or b"{}")
            if "method" in message and "id" in message:
                is_settings = message["method"] == "workspace/configuration"
                answer = [None] * len(message["params"]["items"]) if is_settings else None
                self.send(id=message["id"], result=answer)
            elif message.get("method") == "textDocument/publishDiagnostics":
                self.pushed.put(message["params"])
            elif "id" in message:
                self.asked.pop(message["id"]).put(message)

    def ask(self, method, params):
        self.number += 1
        answer = self.asked[self.number] = queue.Queue()
        self.send(id=self.number, method=method, params=params)
        return answer.get(timeout=300).get("result")

    def tell(self, method, params):
        self.send(method=method, params=params)

    def start(self, folder, pull):
        capabilities = json.loads(json.dumps(CAPABILITIES))
        if pull:
            capabilities["textDocument"]["diagnostic"] = {}
            capabilities["workspace"]["diagnostics"] = {"refreshSupport": True}
        root = folder.as_uri()
        about = {"processId": None, "rootUri": root, "capabilities": capabilities}
        about["workspaceFolders"] = [{"uri": root, "name": folder.name}]
        offers = self.ask("initialize", about)["capabilities"]
        self.tell("initialized", {})
        return offers

    def open(self, path, text):
        document = {"uri": path.as_uri(), "languageId": LANGUAGES.get(path.suffix, "yaml"), "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": document})

    def findings(self, uri, version, pull):
        if pull:
            answer = self.ask("textDocument/diagnostic", {"textDocument": {"uri": uri}})
            return answer.get("items", [])
        while True:
            pushed = self.pushed.get(timeout=30)
            if pushed["uri"] == uri and pushed.get("version", version) == version:
                return pushed["diagnostics"]

    def used(self):
        """Megabytes, and seconds of processor time, of the process and those below it."""
        memory, seconds, open_pids = 0, 0.0, [self.process.pid]
        while open_pids:
            pid = open_pids.pop()
            status = Path(f"/proc/{pid}/status").read_text()
            memory += int(re.search(r"VmRSS:\s+(\d+)", status)[1])
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            seconds += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
            for task in Path(f"/proc/{pid}/task").iterdir():
                # A thread may end while its entry is read.
                with contextlib.suppress(FileNotFoundError):
                    open_pids += map(int, (task / "children").read_text().split())
        return memory / 1024, seconds

    def settle(self):
        """Waits until it has nothing to do."""
        before = -1.0
        while (now := self.used()[1]) - before > 0.02:
            before = now
            time.sleep(1)


def told(name, times):
    if not times:
        return
    times = sorted(times)
    at = lambda part: times[min(len(times) - 1, int(len(times) * part))] * 1000
    print(f"{name:26} {at(0.5):9.2f} {at(0.95):9.2f} {times[-1] * 1000:9.2f}   ms: half, 95 %, most", flush=True)


def main():
    own, command = sys.argv[1:], []
    if "--" in own:
        command = own[own.index("--") + 1 :]
        own = own[: own.index("--")]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("file", type=Path)
    parser.add_argument("--at", default="")
    parser.add_argument("--letter", default="x")
    parser.add_argument("--edits", type=int, default=30)
    parser.add_argument("--pause", type=float, default=0.4, help="seconds between edits")
    parser.add_argument("--open-all", action="store_true")
    parser.add_argument("--push", action="store_true", help="wait for findings, never ask")
    arguments = parser.parse_args(own)
    folder = arguments.folder.resolve()
    file = folder / arguments.file
    text = file.read_text()
    lines = text.split("\n")
    found = [at for at, line in enumerate(lines) if arguments.at and re.search(arguments.at, line)]
    line = found[0] if found else len(lines) - 1

    start = time.perf_counter()
    server = Server(command)
    pull = "diagnosticProvider" in (offers := server.start(folder, not arguments.push)) and not arguments.push
    told("start to initialized", [time.perf_counter() - start])
    if arguments.open_all:
        count = 0
        for path in sorted(folder.rglob("*")):
            try:
                if path.is_file() and path != file and ".git" not in path.parts:
                    server.open(path, path.read_text())
                    count += 1
            except UnicodeDecodeError:
                continue
        print(f"{count} other documents are open")
    server.open(file, text)
    uri = file.as_uri()
    first = server.findings(uri, 1, pull)
    told("start to findings", [time.perf_counter() - start])
    print(f"{len(first)} findings, {'asked for' if pull else 'pushed'}")
    server.settle()
    print("at rest %28.1f MB, %.2f CPU-s" % server.used(), flush=True)

    version, edited, completed, long = 1, [], [], False
    for _ in range(arguments.edits):
        version += 1
        end = len(lines[line].encode("utf-16-le")) // 2
        change = {"range": {"start": {"line": line, "character": end}, "end": {"line": line, "character": end}}}
        change["text"] = "" if long else arguments.letter
        if long:
            change["range"]["end"]["character"] += 1
        long = not long
        if arguments.push or not pull:
            while not server.pushed.empty():
                server.pushed.get()
        begin = time.perf_counter()
        server.tell(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]},
        )
        server.findings(uri, version, pull)
        edited.append(time.perf_counter() - begin)
        time.sleep(arguments.pause)
        if "completionProvider" in offers:
            place = {"line": line, "character": len(lines[line]) - len(lines[line].lstrip())}
            begin = time.perf_counter()
            server.ask("textDocument/completion", {"textDocument": {"uri": uri}, "position": place})
            completed.append(time.perf_counter() - begin)
    told("edit to findings", edited)
    if completed:
        told("completion", completed)
    server.settle()
    used = server.used()[1]
    for _ in range(SAVES):
        server.tell("textDocument/didSave", {"textDocument": {"uri": uri}})
        server.tell("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri, "type": 2}]})
        server.settle()
    print("a save %29.1f CPU-ms" % ((server.used()[1] - used) * 1000 / SAVES))
    print("in the end %25.1f MB, %.2f CPU-s" % server.used())
    server.ask("shutdown", None)
    server.tell("exit", None)
    server.process.wait(10)


if __name__ == "__main__":
    main()
