# syntax=docker/dockerfile:1
# One image, every role: docker run IMAGE api | worker | scheduler | migrate up.
# Built for linux/amd64 and linux/arm64: docker buildx build --platform linux/amd64,linux/arm64 .

FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,id=target-${TARGETARCH},target=/src/target \
    cargo build --locked --release --package app && cp target/release/portolan /portolan

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates curl \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 65532 --no-create-home --shell /usr/sbin/nologin portolan
COPY --from=build /portolan /usr/local/bin/portolan
USER 65532:65532
ENV PORTOLAN__LOG__FORMAT=json
EXPOSE 8000
# Only the API answers; the other roles override or disable it.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD ["curl", "--fail", "--silent", "http://127.0.0.1:8000/health"]
ENTRYPOINT ["portolan"]
CMD ["api"]
