# Daybook's server in a small image, with the embedded log in /var/lib/daybook:
#
#     docker build -t daybook .
#     docker run -e DAYBOOK_INSECURE=true -p 127.0.0.1:8080:8080 -v daybook-data:/var/lib/daybook daybook
#
# It refuses to start without DAYBOOK_INSECURE=true until there are keys, since it cannot see who reaches its port: publish
# that on 127.0.0.1 only. A first key: docker run -v daybook-data:/var/lib/daybook daybook keys create NAME --role admin \
# --log sqlite:/var/lib/daybook
#
# The other commands are there, too: docker exec CONTAINER daybook list

FROM swift:6.2-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends libcurl4-openssl-dev libjemalloc-dev librdkafka-dev libsqlite3-dev pkg-config \
        zlib1g-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
# The dependencies are fetched again only when the manifest changes.
COPY Package.swift ./
COPY Plugins Plugins
RUN swift package resolve
COPY Sources Sources
COPY Tests Tests
COPY scripts/support/release scripts/support/
# Swift's own libraries are in the program, so the image below needs none of them.
RUN programs=$(scripts/support/release . --product daybook) \
    && install -D "$programs/daybook" /staging/usr/local/bin/daybook

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libcurl4 libjemalloc2 librdkafka1 libsqlite3-0 libstdc++6 zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --user-group --home-dir /var/lib/daybook --shell /usr/sbin/nologin daybook \
    && install -d -o daybook -g daybook /var/lib/daybook
COPY --from=build /staging/ /
USER daybook
WORKDIR /var/lib/daybook
VOLUME /var/lib/daybook
ENV DAYBOOK_HOST=0.0.0.0 DAYBOOK_PORT=8080 DAYBOOK_LOG=sqlite:/var/lib/daybook
EXPOSE 8080
STOPSIGNAL SIGTERM
# Says more than a bare request would: the log, the streams, the index and the clock are looked at.
HEALTHCHECK --interval=10s --timeout=8s --start-period=60s --retries=3 \
    CMD daybook doctor --server "http://127.0.0.1:${DAYBOOK_PORT}"
ENTRYPOINT ["daybook"]
CMD ["serve"]
