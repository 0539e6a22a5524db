"""Writes the kernel spec "java" into an environment that has jjava installed.

Everything the kernel needs is in its env, so that JupyterLab, nbclient and editors agree on
Java and the class path without a shell script around them.
"""

import argparse
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import zipfile

HELPING = pathlib.Path(__file__).with_name("kernel") / "HelpingKernel.java"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--prefix", required=True, type=pathlib.Path)
    parser.add_argument("--java", required=True, type=pathlib.Path)
    parser.add_argument("--classpath", required=True)
    parser.add_argument("--java-opts", default="")
    parser.add_argument("--imports", required=True, type=pathlib.Path)
    parser.add_argument("--natives", type=pathlib.Path, help="where they are unpacked for all")
    options = parser.parse_args()

    share = options.prefix / "share" / "jupyter"
    folder = share / "kernels" / "java"
    if not (folder / "jjava-launcher.jar").is_file():
        sys.exit(f"kernelspec: there is no jjava in {folder}; pip install -r requirements.txt")
    spec = {
        # The launcher only starts the kernel's own JVM; it takes the java of its PATH for that.
        "argv": [
            str(options.java),
            "-XX:+UseSerialGC",
            "-Xmx32m",
            "-jar",
            "{resource_dir}/jjava-launcher.jar",
            "{resource_dir}/" + helping_kernel(folder, options.java),
            "{connection_file}",
        ],
        "display_name": "Java",
        "language": "java",
        "interrupt_mode": "message",
        "env": {
            "PATH": f"{options.java.parent}{os.pathsep}${{PATH}}",
            "JJAVA_CLASSPATH": options.classpath,
            "JJAVA_STARTUP_SCRIPTS_PATH": str(options.imports),
            "JJAVA_JVM_OPTS": " ".join(options.java_opts.split()),
            "DJL_OFFLINE": "true",
            "OPT_OUT_TRACKING": "true",
            "OPENBLAS_NUM_THREADS": "1",
        },
        "metadata": {},
    }
    if options.natives:
        spec["env"]["DJL_CACHE_DIR"] = str(options.natives / "djl")
        spec["env"]["JJAVA_JVM_OPTS"] += (
            f" -Dorg.bytedeco.javacpp.cachedir={options.natives / 'javacpp'}"
        )
    write(folder / "kernel.json", spec)
    # JupyterLab otherwise asks about news at its first start, and looks for them.
    notification = {"fetchNews": "false", "checkForUpdates": False}
    write(
        share / "lab" / "settings" / "overrides.json",
        {"@jupyterlab/apputils-extension:notification": notification},
    )


def helping_kernel(folder, java):
    """The jar to start: JJava with readable help, compiled against the JJava that is there."""
    source = HELPING.read_bytes()
    jjava = folder / "jjava.jar"
    digest = hashlib.sha256(source + jjava.read_bytes()).hexdigest()
    target = folder / "headscope-kernel.jar"
    if target.is_file() and zipfile.ZipFile(target).comment.decode() == digest:
        return target.name
    with tempfile.TemporaryDirectory() as classes:
        javac = java.with_name("javac")
        command = [javac, "--release", "17", "-nowarn", "-cp", jjava, "-d", classes, HELPING]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode:
            print(
                "kernelspec: this JJava is not the one that environment/kernel is written for"
                f" (requirements.txt pins it): Shift+Tab is as JJava has it\n{result.stderr}",
                file=sys.stderr,
            )
            return jjava.name
        part = target.with_name(target.name + ".part")
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as jar:
            jar.writestr(
                "META-INF/MANIFEST.MF",
                "Manifest-Version: 1.0\nMain-Class: HelpingKernel\nClass-Path: jjava.jar\n",
            )
            for file in sorted(pathlib.Path(classes).iterdir()):
                jar.write(file, file.name)
            jar.comment = digest.encode()
        part.replace(target)
    return target.name


def write(path, content):
    text = json.dumps(content, indent=2) + "\n"
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)


if __name__ == "__main__":
    main()
