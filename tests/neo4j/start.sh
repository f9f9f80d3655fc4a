#!/usr/bin/env bash
# Run Neo4j for the tests until standard input closes; prints `ready` when it answers on 127.0.0.1.
#
#   tests/neo4j/start.sh CACHE PORT PASSWORD
#
# The first run fetches about 125 MB of jars from Maven Central into CACHE/lib; each run keeps its data in
# a folder of its own. Needs Java 17 or later, and Maven for the first run.
set -euo pipefail

recipe=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=$1 port=$2 password=$3
mkdir -p "$cache"

# Several test runs may want the jars at once: the first one fetches them, the others wait.
exec 9>"$cache/lock"
if command -v flock >/dev/null; then flock 9; fi
if ! cmp -s "$recipe/pom.xml" "$cache/lib/pom.xml"; then
    rm -rf "$cache/lib"
    mvn --batch-mode --quiet --file "$recipe/pom.xml" \
        org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
        -DincludeScope=runtime -DoutputDirectory="$cache/lib" </dev/null >&2
    cp "$recipe/pom.xml" "$cache/lib/pom.xml" # last: an interrupted download is done again
fi
exec 9>&-

data=$(mktemp -d "$cache/run.XXXXXX")
trap 'rm -rf "$data"' EXIT
java -Xmx1g -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    --add-opens=java.base/java.nio=ALL-UNNAMED --add-opens=java.base/java.io=ALL-UNNAMED \
    --add-opens=java.base/sun.nio.ch=ALL-UNNAMED --add-opens=java.base/java.util.concurrent=ALL-UNNAMED \
    --add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED \
    -cp "$cache/lib/*" "$recipe/Neo4jForTests.java" "$data" "$port" "$password"
