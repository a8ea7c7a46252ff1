import Foundation
import LosslessJSON
import Testing

/// A service in another language, with nothing but its own HTTP library.
@Suite struct PullingClientTests {
    @Test("a Python service handles every event, although the server is killed in the middle")
    func python() async throws {
        let directory = try TemporaryDirectory()
        let events = 300
        let lines = (0..<events).map { #"{"topic": "page.new", "orderingKey": "\#($0 % 7)", "description": "\#($0)"}"# }
        let options = ["--data", directory.path + "/data", "--port"]
        let first = try await ServerProcess.start(options + ["0"])
        let made = try await first.daybook("registrations", "create", "print", "--delivery", "pull")
        #expect(made.code == 0, "\(made)")
        #expect(try await first.daybook("publish", "-", input: lines.joined(separator: "\n")).code == 0)

        let port = first.port
        let program = directory.path + "/seen"
        async let service = Program.run(
            "/usr/bin/env", ["python3", "-c", Self.service, port, "\(events)", program])
        while (try? String(contentsOfFile: program, encoding: .utf8).count) ?? 0 < 200 {
            try await Task.sleep(for: .milliseconds(10))
        }
        first.signal(SIGKILL)
        _ = await first.end()
        let second = try await ServerProcess.start(options + [port])
        let result = try await service
        #expect(result.code == 0, "\(result)")
        let seen = try String(contentsOfFile: program, encoding: .utf8).split(separator: "\n").compactMap { Int($0) }
        #expect(Set(seen) == Set(0..<events))
        // Of each ordering key in order, but for what came again.
        for key in 0..<7 {
            var latest = -1
            var known: Set<Int> = []
            for number in seen where number % 7 == key && known.insert(number).inserted {
                #expect(number > latest)
                latest = number
            }
        }
        var lag = ""
        while lag != "0" {
            let shown = try await second.daybook("registrations", "show", "print", "--json")
            lag = try JSONMembers(shown.output.utf8)["lag"]?.members?["records"]?.numberText ?? ""
        }
    }

    /// Writes what it has handled to a file and acknowledges it, until it has seen everything.
    private static let service = """
        import http.client, json, sys, time

        port, count, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]

        def post(action, body):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            try:
                connection.request(
                    "POST", f"/api/registrations/print/{action}", json.dumps(body), {"Content-Type": "application/json"})
                answer = connection.getresponse()
                return answer.status, json.loads(answer.read())
            finally:
                connection.close()

        seen = set()
        with open(path, "a") as file:
            while len(seen) < count:
                try:
                    status, answer = post("pull", {"max": 10, "waitSeconds": 5})
                    if status != 200:
                        time.sleep(0.1)
                        continue
                    for delivery in answer["deliveries"]:
                        number = delivery["event"]["description"]
                        seen.add(number)
                        print(number, file=file, flush=True)
                    if answer["deliveries"]:
                        post("ack", {"tokens": [delivery["token"] for delivery in answer["deliveries"]]})
                except (OSError, http.client.HTTPException, ValueError):
                    time.sleep(0.1)
        """
}
