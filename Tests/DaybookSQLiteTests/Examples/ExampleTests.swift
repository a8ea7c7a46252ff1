import Testing

struct ExampleTests {
    @Test func theExampleOfTheReadmeRuns() async throws {
        let directory = TemporaryDirectory()
        defer { directory.remove() }
        #expect(
            try await orders(in: directory.path) == [
                "order.placed created, pending", "order.placed changed, finished", "order.invoiced created, finished",
            ])
    }
}
