#!/bin/sh
# Writes the map from path to SHA-256 that common.conf includes, out of an archive's manifest; after every build:
#
#     sh digests.sh ARCHIVE >digests.map.new && mv digests.map.new /etc/nginx/hoso/digests.map && nginx -s reload
set -eu
LC_ALL=C awk '
    substr($0, 67, 5) != "data/" { next }
    {
        path = substr($0, 72)
        # RFC 8493 §2.1.3: a line end and the percent sign itself are written with a percent sign; such a name gets no tag.
        if (path ~ /%/) next
        gsub(/["\\]/, "\\\\&", path)
        # nginx does not tell capitals from small letters here; of two such names neither gets a tag.
        seen[tolower(path)]++
        digest[path] = substr($0, 1, 64)
        order[++count] = path
    }
    END {
        for (i = 1; i <= count; i++)
            if (seen[tolower(order[i])] == 1) printf "\"/%s\" %s;\n", order[i], digest[order[i]]
    }
' "$1/manifest-sha256.txt"
