import Daybook
import LosslessJSON
import Testing

struct EntityRulesTests {
    /// Taipy's validity matrix: each type, in several spellings, and whether it can be submitted.
    static let types = [
        ("cycle", false), ("scenario", true), ("sequence", true), ("task", true), ("data_node", false), ("job", false),
        ("submission", false),
    ]
    static let combinations = types.flatMap { type in
        EntityOperation.allCases.flatMap { operation in [false, true].map { (type.0, type.1, operation, $0) } }
    }

    @Test(arguments: combinations)
    func `all 28 combinations, with and without an attribute`(
        type: String, submittable: Bool, operation: EntityOperation, withAttribute: Bool
    ) throws {
        let expected: EntityRules.Violation? =
            if operation == .submission && !submittable {
                .invalidOperation
            } else if withAttribute && operation != .update {
                .invalidAttributeName
            } else {
                nil
            }
        for spelling in [type, type.uppercased(), type.replacing("_", with: "-"), type.replacing("_", with: "")] {
            let entity = EntityChange(
                type: spelling, operation: operation, attributeName: withAttribute ? "name" : nil,
                attributeValue: .null)
            #expect(EntityRules.violation(in: entity) == expected, "\(spelling)")
            let event = Event(topic: "a.b", entity: entity)
            if let expected {
                let refused = #expect(throws: InvalidEvent.self) { try event.validate() }
                #expect(refused?.problems.map(\.code) == [expected.rawValue])
            } else {
                #expect(throws: Never.self) { try event.validate() }
            }
        }
    }

    @Test func `there are 28 combinations, and both names are Taipy's`() {
        #expect(Self.combinations.count == 56)
        #expect(EntityRules.ruledTypes.count == 7)
        #expect(EntityRules.Violation.invalidOperation.rawValue == "invalid_operation")
        #expect(EntityRules.Violation.invalidAttributeName.rawValue == "invalid_attribute_name")
    }

    @Test func `other types are free, and so is an event without operation`() {
        for operation in EntityOperation.allCases {
            for type in ["folder", "scenarios", "job2", ""] {
                let entity = EntityChange(type: type, operation: operation, attributeName: "a")
                #expect(EntityRules.violation(in: entity) == nil)
            }
            #expect(EntityRules.violation(in: EntityChange(operation: operation, attributeName: "a")) == nil)
        }
        #expect(EntityRules.violation(in: EntityChange(type: "job", attributeName: "a")) == nil)
    }

    @Test(
        arguments: [
            ("entity.folder.created", "folder", .creation, nil), ("entity.folder.deleted", "folder", .deletion, nil),
            ("entity.folder.changed", "folder", .update, nil), ("entity.folder.updated", "folder", .update, nil),
            ("entity.folder.renamed", "folder", .update, "name"),
            ("entity.task.status_changed", "task", .update, "status"),
            ("entity.task.data_node_changed", "task", .update, "data_node"),
            ("entity.task._changed", "task", .update, nil),
            ("entity.task.done", "task", nil, nil), ("entity.task", nil, nil, nil),
            ("entity.a.b.created", nil, nil, nil),
            ("entities.task.created", nil, nil, nil), ("git.commit.created", nil, nil, nil),
        ] as [(String, String?, EntityOperation?, String?)])
    func `an entity topic tells of its change`(
        topic: String, type: String?, operation: EntityOperation?, attribute: String?
    ) {
        var entity = EntityChange()
        entity.fillIn(from: topic)
        #expect(entity == EntityChange(type: type, operation: operation, attributeName: attribute))
    }

    @Test func `what is given stays`() {
        var entity = EntityChange(type: "x", id: "1", operation: .deletion)
        entity.fillIn(from: "entity.folder.status_changed")
        #expect(entity == EntityChange(type: "x", id: "1", operation: .deletion))
        entity = EntityChange(attributeName: "label")
        entity.fillIn(from: "entity.folder.renamed")
        #expect(entity == EntityChange(type: "folder", operation: .update, attributeName: "label"))
        entity = EntityChange(operation: .update)
        entity.fillIn(from: "entity.folder.renamed")
        #expect(entity == EntityChange(type: "folder", operation: .update))
    }
}
