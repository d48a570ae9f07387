# shellcheck shell=bash
# Buildah, Podman and runc, from the PATH or from Debian's packages, with a configuration and a storage of
# their own: of the machine's none is needed, and nothing changes but a cache of digests in /var/lib/containers.
# crun, which Podman would rather use, needs more of cgroups than some machines let it have.

ENGINE="$CACHE/engine"
ENGINE_PROGRAMS=(buildah podman runc conmon)
ENGINE_PACKAGES=(buildah podman runc conmon golang-github-containers-common)

# Makes the programs callable as $BIN/podman and $BIN/buildah.
set_up_engine() {
  have_engine || fetch_engine || return 1
  find_seccomp_profile || return 1
  mkdir -p "$WORK/etc" "$BIN"
  # Images are kept, but not what Podman knows of containers: those end with a run, and so does $RUN.
  rm -rf "$WORK/storage/libpod"
  write_containers_conf >"$WORK/etc/containers.conf"
  write_storage_conf >"$WORK/etc/storage.conf"
  echo '{ "default": [{ "type": "insecureAcceptAnything" }] }' >"$WORK/etc/policy.json"
  # Names without a registry are Docker's, as everywhere; nothing is ever asked of it.
  printf '%s\n' 'unqualified-search-registries = ["docker.io"]' 'short-name-mode = "disabled"' \
    '[[registry]]' 'prefix = "docker.io"' 'location = "docker.io"' 'blocked = true' >"$WORK/etc/registries.conf"
  write_wrapper podman >"$BIN/podman"
  write_wrapper buildah >"$BIN/buildah"
  chmod +x "$BIN"/*
}

have_engine() {
  local program
  for program in "${ENGINE_PROGRAMS[@]}"; do engine_program "$program" >/dev/null || return 1; done
}

# The path of a program, installed or fetched.
engine_program() {
  local fetched
  command -v "$1" && return
  for fetched in "$ENGINE"/usr/{bin,sbin}/"$1"; do
    if [ -x "$fetched" ]; then
      echo "$fetched"
      return
    fi
  done
  return 1
}

# With the libraries that this machine lacks.
fetch_engine() {
  local suite archives="$ENGINE.archives" package
  suite=$(own_suite)
  echo 'fetching buildah, podman and runc' >&2
  rm -rf "$ENGINE" "$archives"
  mkdir -p "$archives/partial"
  open_suite "$suite" &&
    apt "$suite" get -o Dir::Cache::Archives="$archives" install --yes --download-only \
      --no-install-recommends "${ENGINE_PACKAGES[@]}" >/dev/null || return 1
  for package in "$archives"/*.deb; do dpkg -x "$package" "$ENGINE" || return 1; done
  rm -rf "$archives"
  have_engine
}

find_seccomp_profile() {
  for SECCOMP in {,"$ENGINE"}/usr/share/containers/seccomp.json; do
    [ ! -e "$SECCOMP" ] || return 0
  done
  return 1
}

# Locks are files, for those in shared memory are the machine's. Limits are low: Podman's own are higher than
# some roots may go. conmon gets no environment but what is said here.
write_containers_conf() {
  cat <<END
[containers]
seccomp_profile = "$SECCOMP"
log_driver = "k8s-file"
default_sysctls = []
default_ulimits = ["nofile=1024:4096", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
tmp_dir = "$RUN/tmp"
volume_path = "$RUN/volumes"
runtime = "runc"
conmon_path = ["$(engine_program conmon)"]
conmon_env_vars = [$(engine_environment | sed 's/.*/"&",/')]
[engine.runtimes]
runc = ["$(engine_program runc)"]
[network]
network_backend = "cni"
network_config_dir = "$RUN/networks"
END
}

write_storage_conf() {
  printf '%s\n' '[storage]' "driver = \"$(storage_driver)\"" "graphroot = \"$WORK/storage\"" \
    "runroot = \"$RUN/storage\""
}

# overlay where this machine can mount one, as it cannot in some containers; else plain copies.
storage_driver() {
  local probe="$WORK/probe" driver=vfs
  mkdir -p "$probe"/{lower,upper,work,merged}
  if mount -t overlay -o "lowerdir=$probe/lower,upperdir=$probe/upper,workdir=$probe/work" overlay \
    "$probe/merged" 2>/dev/null; then
    umount "$probe/merged"
    driver=overlay
  fi
  rm -rf "$probe"
  echo "$driver"
}

# What each program of the engine must know: conmon starts a podman too. No systemd timer runs health checks:
# tests do.
engine_environment() {
  local multiarch=x86_64-linux-gnu
  cat <<END
PATH=$PATH
LD_LIBRARY_PATH=$ENGINE/usr/lib/$multiarch:$ENGINE/lib/$multiarch
TMPDIR=$RUN
CONTAINERS_CONF=$WORK/etc/containers.conf
CONTAINERS_STORAGE_CONF=$WORK/etc/storage.conf
CONTAINERS_REGISTRIES_CONF=$WORK/etc/registries.conf
REGISTRIES_CONFIG_PATH=$WORK/etc/registries.conf
BUILDAH_RUNTIME=$(engine_program runc)
DISABLE_HC_SYSTEMD=true
END
}

write_wrapper() {
  echo '#!/usr/bin/env bash'
  engine_environment | sed 's/=\(.*\)/="\1"/; s/^/export /'
  echo "exec \"$(engine_program "$1")\" \"\$@\""
}
