import DaybookTesting
import LosslessJSON
import Testing

@testable import Daybook

/// The ready-made subscriptions, and broadcasting.
@Suite(.timeLimit(.minutes(1))) struct ProcessorShortcutTests {
    private struct Screen: LiveConnection {
        var id: String
    }

    private struct Scenario: Sendable {
        var name: String
    }

    private static let repository: @Sendable (String) async throws -> Scenario? = { id in
        id == "gone" ? nil : Scenario(name: "scenario \(id)")
    }

    @Test func `scenarios that are created, by id and as they are loaded; one that is gone is passed over`()
        async throws
    {
        try await RegistrationBench.run { bench in
            let notes = Notes()
            let processor = try bench.processor()
                .onScenarioCreated { notes.add("id \($1)") }
                .onScenarioCreated(load: Self.repository) { notes.add($1.name) }
            try await bench.publish("scenario", "1", .creation)
            try await bench.publish("SCENARIO", "gone", .creation)
            try await bench.publish("scenario", "2", .update)
            try await bench.publish("data_node", "3", .creation)
            try await bench.drain(processor)
            #expect(notes.all == ["id 1", "scenario 1", "id gone"])
            try await bench.registrations.deadLetters.caughtUp()
            let letters = try await bench.registrations.letters(of: "p")
            #expect(letters.isEmpty)
        }
    }

    @Test func `configurations are matched by equality`() async throws {
        try await RegistrationBench.run { bench in
            let notes = Notes()
            let processor = try bench.processor()
                .onScenarioCreated(configs: ["cfg", "other"]) { notes.add("created \($1)") }
                .onScenarioDeleted(configs: ["cfg"]) { notes.add("deleted \($1.id ?? "many")") }
            try await bench.publish("scenario", "SCENARIO_cfg_1", .creation, metadata: #"{"config_id": "cfg"}"#)
            try await bench.publish("scenario", "SCENARIO_cfg2_2", .creation, metadata: #"{"config_id": "cfg2"}"#)
            try await bench.publish("scenario", "SCENARIO_other_3", .creation, metadata: #"{"config_id": "other"}"#)
            try await bench.publish("scenario", "SCENARIO_cfg_1", .deletion, metadata: #"{"config_id": "cfg"}"#)
            try await bench.publish("scenario", "SCENARIO_cfg2_2", .deletion, metadata: #"{"config_id": "cfg2"}"#)
            try await bench.publish("scenario", "SCENARIO_cfg_4", .deletion)
            try await bench.drain(processor)
            #expect(
                notes.all == ["created SCENARIO_cfg_1", "created SCENARIO_other_3", "deleted SCENARIO_cfg_1"])
        }
    }

    @Test func `deletions of one, of many and of a version`() async throws {
        try await RegistrationBench.run { bench in
            let notes = Notes()
            let processor = try bench.processor()
                .onScenarioDeleted { notes.add("\($1.id ?? "-") \($1.isOfMany) \($1.version ?? "-")") }
                .onScenarioDeleted(configs: ["cfg"]) { _, _ in notes.add("cfg") }
                .onDataNodeDeleted { notes.add("node \($1.id ?? "-")") }
            try await bench.publish("scenario", "1", .deletion)
            try await bench.publish("scenario", "2", .deletion, metadata: #"{"delete_all": true}"#)
            try await bench.publish("scenario", nil, .deletion, metadata: #"{"delete_all": true}"#)
            try await bench.publish("scenario", nil, .deletion, metadata: #"{"delete_by_version": "1.0"}"#)
            try await bench.publish("datanode", "3", .deletion)
            try await bench.drain(processor)
            #expect(notes.all == ["1 false -", "2 true -", "- true -", "- false 1.0", "node 3"])
        }
    }

    @Test func `data nodes that are created and written, with their data, however the type is spelt`() async throws {
        try await RegistrationBench.run { bench in
            let notes = Notes()
            let processor = try bench.processor()
                .onDataNodeCreated { notes.add("created \($1)") }
                .onDataNodeCreated(load: Self.repository) { notes.add("created \($1.name)") }
                .onDataNodeWritten(configs: ["in"]) { notes.add("written \($1)") }
                .onDataNodeWritten(load: Self.repository, read: { "data of \($0.name)" }) { _, node, data in
                    notes.add("\(node.name): \(data)")
                }
            for type in ["data_node", "DATA_NODE", "dataNode", "DataNode", "datanode"] {
                try await bench.publish(type, type, .creation)
            }
            try await bench.publish(
                "data_node", "1", .update, attribute: "last_edit_date", metadata: #"{"config_id": "in"}"#)
            try await bench.publish(
                "data_node", "2", .update, attribute: "editor_id", metadata: #"{"config_id": "in"}"#)
            try await bench.publish("data_node", "gone", .update, attribute: "last_edit_date")
            try await bench.drain(processor)
            #expect(notes.all.count == 12)
            #expect(notes.all.suffix(2) == ["written 1", "scenario 1: data of scenario 1"])
        }
    }

    @Test func `submissions that came to an end, of the configurations asked for`() async throws {
        try await RegistrationBench.run { bench in
            let notes = Notes()
            let processor = try bench.processor()
                .onSubmissionFinished { notes.add("\($1.id) \($1.outcome)") }
                .onSubmissionFinished(configs: ["cfg"]) { notes.add("cfg \($1.originId ?? "-")") }
                .onSubmissionFinished(load: { try await Self.repository($0.originId ?? "gone") }) {
                    notes.add("\($1.name) \($2.originType ?? "-")")
                }
            let origin =
                #"{"origin_entity_id": "s", "origin_entity_type": "SCENARIO", "origin_entity_config_id": "cfg"}"#
            let status = "submission_status"
            try await bench.publish("submission", "1", .update, attribute: status, value: "RUNNING", metadata: origin)
            try await bench.publish("submission", "1", .update, attribute: status, value: "COMPLETED", metadata: origin)
            try await bench.publish("submission", "2", .update, attribute: status, value: "FAILED")
            try await bench.publish("submission", "3", .update, attribute: status, value: "CANCELED")
            try await bench.publish("submission", "4", .update, attribute: "jobs", value: "COMPLETED")
            try await bench.drain(processor)
            #expect(notes.all == ["1 completed", "cfg s", "scenario s SCENARIO", "2 failed", "3 canceled"])
        }
    }

    @Test func `other types of entities have the same subscriptions`() async throws {
        try await RegistrationBench.run { bench in
            let notes = Notes()
            let processor = try bench.processor()
                .on(.created("shot")) { notes.add("created \($1)") }
                .on(.updated("shot", attribute: "status", load: Self.repository)) { notes.add($1.name) }
                .on(.deleted("shot")) { notes.add("deleted \($1.id ?? "-")") }
            try await bench.publish("shot", "1", .creation)
            try await bench.publish("shot", "1", .update, attribute: "status")
            try await bench.publish("shot", "1", .deletion)
            try await bench.publish("SHOT", "2", .creation)
            try await bench.drain(processor)
            #expect(notes.all == ["created 1", "scenario 1", "deleted 1"])
        }
    }

    @Test func `every status of a job, with parameters: of jobs told of, and of Daybook's own`() async throws {
        try await RegistrationBench.run { bench in
            let notes = Notes()
            let processor = try bench.processor(on: [.created, .changed])
                .onStatusChange(try Filter("metadata.scenario = s"), with: "x", 1) { _, change, a, b in
                    notes.add("\(change.job) \(change.status) \(a) \(b)")
                }
                .onStatusChange { notes.add("\($1.status)") }
            try await bench.publish(
                "job", "j", .update, attribute: "status", value: "RUNNING", metadata: #"{"scenario": "s"}"#)
            try await bench.publish("job", "j", .update, attribute: "force", value: "RUNNING")
            try await bench.publish("job", "i", .update, attribute: "status", value: "FAILED")
            let own = try await bench.publisher.publish(Event(topic: "a.b", status: .pending, orderingKey: "k"))
            let reference = try #require(own.reference)
            try await bench.publisher.change(reference, EventChange(status: .finished))
            try await bench.publisher.change(reference, EventChange(description: "no status"))
            try await bench.drain(processor)
            #expect(notes.all == ["j RUNNING x 1", "RUNNING", "FAILED", "finished"])
        }
    }

    @Test func `broadcasting runs once for each live connection, as they are at that moment`() async throws {
        try await RegistrationBench.run { bench in
            let notes = Notes()
            let live = Watched(["1", "2"])
            let processor = try bench.processor(connections: { live.value.map { Screen(id: $0) } })
                .broadcastOnEvent(EventMatch(operation: .submission), with: "x") { notes.add("\($0.id) event \($2)") }
                .broadcastOnScenarioCreated { notes.add("\($0.id) created \($2)") }
                .broadcastOnScenarioCreated(load: Self.repository) { notes.add("\($0.id) \($2.name)") }
                .broadcastOnScenarioDeleted { notes.add("\($0.id) deleted \($2.id ?? "-")") }
                .broadcastOnDataNodeCreated { notes.add("\($0.id) node \($2)") }
                .broadcastOnDataNodeWritten { notes.add("\($0.id) written \($2)") }
                .broadcastOnDataNodeDeleted { notes.add("\($0.id) node gone \($2.id ?? "-")") }
                .broadcastOnSubmissionFinished { notes.add("\($0.id) \($2.outcome)") }
            try await processor.start()
            try await bench.publish("scenario", "s", .creation)
            try await notes.reached(4)
            live.update { $0 = ["3"] }
            try await bench.publish("scenario", "gone", .creation)
            try await bench.publish("scenario", "s", .submission)
            try await bench.publish("scenario", "s", .deletion)
            try await bench.publish("data_node", "n", .creation)
            try await bench.publish("data_node", "n", .update, attribute: "last_edit_date")
            try await bench.publish("data_node", "n", .deletion)
            try await bench.publish(
                "submission", "u", .update, attribute: "submission_status", value: "FAILED")
            try await notes.has("3 failed")
            await processor.stop()
            #expect(
                notes.all == [
                    "1 created s", "2 created s", "1 scenario s", "2 scenario s", "3 created gone", "3 event x",
                    "3 deleted s", "3 node n", "3 written n", "3 node gone n", "3 failed",
                ])
        }
    }

    @Test func `a connection that fails is tried again alone`() async throws {
        try await RegistrationBench.run { bench in
            let (notes, tries) = (Notes(), Counter())
            let processor = try bench.processor(connections: { ["1", "2", "3"].map { Screen(id: $0) } })
                .broadcastOnEvent { connection, _ in
                    if connection.id == "2", tries.next() < 3 { throw Refusal() }
                    notes.add(connection.id)
                }
            try await bench.publish("a.b", "e")
            try await processor.start()
            try await notes.reached(3)
            try await bench.caughtUp("p")
            await processor.stop()
            #expect(notes.all == ["1", "3", "2"])
        }
    }

    @Test func `broadcasting without knowing the connections is refused when it is registered`() async throws {
        try await RegistrationBench.run { bench in
            let processor = bench.processor()
            #expect(throws: NoLiveConnections.self) { try processor.broadcastOnEvent { _, _ in } }
            #expect(throws: NoLiveConnections.self) { try processor.broadcastOnScenarioCreated { _, _, _ in } }
            #expect(throws: NoLiveConnections.self) { try processor.broadcastOnSubmissionFinished { _, _, _ in } }
            #expect(processor.callbacks.isEmpty)
        }
    }
}
