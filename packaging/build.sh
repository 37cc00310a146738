#!/bin/bash
# Leaves dist/bin/{flaskdeploy,flaskdeploy-agent,flaskdeploy-controller} and dist/rpm/*.rpm.
#   packaging/build.sh [bin|rpm]     bin stops before the packages; rpm is everything, and the default
# What has not changed is not built again: dist/stamps holds a digest of each product's sources.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
what=${1:-rpm}

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1
# Objects of a publish are kept apart from those of `dotnet build`, which would be restored away and back each time;
# and so is its lock file, which names the native compiler.
objects=$root/dist/obj
mkdir -p dist/bin dist/rpm dist/stamps

say() { printf '%s %s\n' "$(date +%H:%M:%S)" "$*"; }

# digest PATH...: of the names and contents of every source under them
digest() {
  if git rev-parse --is-inside-work-tree > /dev/null 2>&1; then
    git ls-files -z --cached --others --exclude-standard -- "$@"
  else
    find "$@" -type f -not -path '*/bin/*' -not -path '*/obj/*' -print0
  fi | LC_ALL=C sort -zu | while IFS= read -r -d '' file; do [ -f "$file" ] && printf '%s\0' "$file"; done |
    xargs -0 -r sha256sum | sha256sum | cut -d' ' -f1
}

current() { [ "$(cat "dist/stamps/$1" 2> /dev/null)" = "$2" ]; }
stamp() { echo "$2" > "dist/stamps/$1"; }

# publish NAME PROJECT OUTPUT OPTIONS...
publish() {
  local name=$1 project=$2 out=dist/obj/publish/$1 started=$SECONDS
  shift 2
  say "building $name"
  rm -rf "$out"
  # Warnings of the native compiler's own C sources are not ours to mend; with -v q they would be all one sees.
  if ! dotnet publish "$project" -c Release -r linux-x64 --artifacts-path "$objects" -o "$out" \
    -p:NuGetLockFilePath=obj/publish.lock.json -p:DebugType=none -nodeReuse:false -v q -clp:ErrorsOnly "$@" < /dev/null; then
    say "building $name failed"
    return 1
  fi
  install -m 0755 "$out/$name" dist/bin/
  say "built $name in $((SECONDS - started)) s: $(du -h "dist/bin/$name" | cut -f1)"
}

common=(Directory.Build.props Directory.Packages.props global.json protos packaging/build.sh)
agent=$(digest "${common[@]}" packaging/native agent)
cli=$(digest "${common[@]}" packaging/native controller/FlaskDeploy.Compiler controller/FlaskDeploy.Cli)
controller=$(digest "${common[@]}" controller/FlaskDeploy.Controller)

if ! current agent "$agent" || [ ! -x dist/bin/flaskdeploy-agent ]; then
  publish flaskdeploy-agent agent/FlaskDeploy.Agent -p:Native=true
  stamp agent "$agent"
fi
if ! current cli "$cli" || [ ! -x dist/bin/flaskdeploy ]; then
  publish flaskdeploy controller/FlaskDeploy.Cli -p:Native=true
  stamp cli "$cli"
fi
if ! current controller "$controller" || [ ! -x dist/bin/flaskdeploy-controller ]; then
  # One file that runs by itself wherever it is copied; it unpacks its SQLite library beside nothing but its user's cache.
  publish flaskdeploy-controller controller/FlaskDeploy.Controller --self-contained \
    -p:PublishSingleFile=true -p:IncludeNativeLibrariesForSelfExtract=true
  stamp controller "$controller"
fi
[ "$what" = rpm ] || exit 0

version=$(sed -n 's:.*<Version>\(.*\)</Version>.*:\1:p' Directory.Build.props)

# package NAME SOURCES...: NAME's RPM out of dist/bin
package() {
  local name=$1 key started=$SECONDS
  shift
  key=$(digest rpm packaging/units packaging/conf packaging/build.sh README.md LICENSE Directory.Build.props)$(sha256sum "$@")
  if current "$name.rpm" "$key" && [ -f "dist/rpm/$name-$version-1.x86_64.rpm" ]; then
    return
  fi
  rm -f "dist/rpm/$name"-[0-9]*.rpm
  rpmbuild -bb --quiet --target x86_64-linux --define "_topdir $root/dist/obj/rpm" --define "_rpmdir $root/dist/rpm" \
    --define '_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm' --define "flaskdeploy_version $version" \
    --define "flaskdeploy_bin $root/dist/bin" --define "flaskdeploy_source $root" "rpm/$name.spec" > /dev/null
  stamp "$name.rpm" "$key"
  say "packed $(ls "dist/rpm/$name"-*.rpm) in $((SECONDS - started)) s"
}

package flaskdeploy-agent dist/bin/flaskdeploy-agent
package flaskdeploy-controller dist/bin/flaskdeploy-controller dist/bin/flaskdeploy
