-- Sends the bodies of a file, one a line, in turn, from a given one on. Called with `-- FILE POSITION`; writes
-- its figures as one JSON line.

local requests = {}
local position = 0

function init(arguments)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  for line in io.lines(arguments[1]) do
    requests[#requests + 1] = wrk.format(nil, nil, nil, line)
  end
  position = tonumber(arguments[2])
end

function request()
  position = position % #requests + 1
  return requests[position]
end

function done(summary, latency, _)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "p50": %.9f, "p99": %.9f, "errors": %d, "which": "%s"}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e6, latency:percentile(99) / 1e6,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    string.format("%d connections refused, %d cut, %d not written to, %d answers with another status, %d after 2 s",
      errors.connect, errors.read, errors.write, errors.status, errors.timeout)))
end
