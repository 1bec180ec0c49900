# An image with only the program:
#
#   docker build -t netstat .
#   docker run --rm --network=host --pid=host --cap-add=SYS_PTRACE --cap-add=DAC_READ_SEARCH netstat -tlnp
#
# docs/permissions.md says what each option lets it see.
FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags=-s -o /netstat ./cmd/netstat

FROM scratch
COPY --from=build /netstat /netstat
ENTRYPOINT ["/netstat"]
