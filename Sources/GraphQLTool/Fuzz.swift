import Glibc
import GraphQL
import GraphQLTesting
import LosslessJSON

/// Times hostile documents, then documents made of them and of sound ones by mutation. What takes longer than it may is
/// told, and makes the exit code 1; so does memory that grows.
func fuzz(count: UInt64, seed: UInt64) async throws {
    let schema = try librarySchema()
    var isSlow = false
    let clock = ContinuousClock()
    func answer(_ text: String, _ name: String) async -> GraphQLResponse {
        var response = GraphQLResponse(data: nil)
        // The machine may be busy with something else: only what is slow three times is slow.
        var least = Duration.seconds(60)
        for _ in 0..<3 where least > .milliseconds(100) {
            let time = await clock.measure {
                response = await schema.execute(GraphQLRequest(query: text), context: .sample)
            }
            least = min(least, time)
        }
        if least > .milliseconds(100) {
            isSlow = true
            print("SLOW, \(least): \(name): \(text.prefix(200))")
        }
        return response
    }
    for (name, text) in hostileDocuments() {
        var response = GraphQLResponse(data: nil)
        let time = await clock.measure { response = await answer(text, name) }
        let outcome = response.errors.first.map { "\($0)" } ?? "answered"
        print("\(time) \(name): \(outcome.prefix(150))")
    }
    var mutations = Mutations(seed: seed)
    var accepted = 0
    var start = 0
    for number in 0..<count {
        let text = mutations.next()
        if await answer(text, "mutated").data != nil { accepted += 1 }
        if number == count / 2 { start = residentPages() }
    }
    let growth = (residentPages() - start) * 4
    print(
        "\(count) mutated documents, seed \(seed): \(accepted) executed; memory grew by \(growth) KiB in the second half"
    )
    if isSlow || growth > 20_000 { exit(1) }
}

private func residentPages() -> Int {
    guard let file = fopen("/proc/self/statm", "r") else { return 0 }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 128)
    guard fgets(&buffer, 128, file) != nil else { return 0 }
    let text = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    return text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
}
