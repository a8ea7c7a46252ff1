import LosslessJSON

extension Event {
    /// Checks the event against the rules of topics, entities and sizes; all problems in one error.
    public func validate(_ limits: EventLimits = EventLimits()) throws(InvalidEvent) {
        var check = FieldCheck()
        if !Topic.isValid(topic) { check.fail("topic", "bad_value", "a topic is \(Topic.rule)") }
        check.text("hash", hash, limits.hash)
        if hash?.isEmpty == true { check.fail("hash", "bad_value", "a hash cannot be empty") }
        if dependsOn == id { check.fail("dependsOn", "bad_value", "an event cannot depend on itself") }
        check.text("sender", sender, limits.name)
        check.text("senderType", senderType, limits.name)
        check.text("project", project, limits.name)
        check.text("user", user, limits.name)
        check.text("description", description, limits.description)
        check.progress(progress)
        check.object("summary", summary, limits.summary)
        check.payload(payload, limits)
        if createdAt?.hasFourDigitYear == false {
            check.fail("createdAt", "bad_value", "a time is between the years 0000 and 9999")
        }
        check.text("entityType", entity.type, limits.name)
        check.text("entityId", entity.id, limits.name)
        check.text("attributeName", entity.attributeName, limits.name)
        if let value = entity.attributeValue, value.bytes.count > limits.attributeValue {
            check.tooLong("attributeValue", value.bytes.count, limits.attributeValue)
        }
        check.object("metadata", metadata, limits.metadata)
        check.scalars("metadata", metadata)
        check.text("orderingKey", orderingKey, limits.name)
        if orderingKey?.isEmpty == true { check.fail("orderingKey", "bad_value", "an ordering key cannot be empty") }
        check.text("traceparent", traceparent, 128)
        check.text("originalId", originalID, limits.name)
        if let recipients { check.recipients(recipients, limits) }
        switch EntityRules.violation(in: entity) {
        case .invalidOperation:
            check.fail(
                "operation", EntityRules.Violation.invalidOperation.rawValue,
                "submission is only for scenario, sequence and task, not for \(entity.type ?? "")")
        case .invalidAttributeName:
            check.fail(
                "attributeName", EntityRules.Violation.invalidAttributeName.rawValue,
                "an attribute can only be named with the operation update")
        case nil: break
        }
        try check.finish()
    }
}

extension EventChange {
    /// Checks the new values; all problems in one error.
    public func validate(_ limits: EventLimits = EventLimits()) throws(InvalidEvent) {
        var check = FieldCheck()
        check.text("sender", sender, limits.name)
        check.text("senderType", senderType, limits.name)
        check.text("project", project, limits.name)
        check.text("user", user, limits.name)
        check.text("description", description, limits.description)
        if let progress { check.progress(progress) }
        if let summary { check.object("summary", summary, limits.summary) }
        check.payload(payload, limits)
        try check.finish()
    }
}

extension String.UTF8View {
    /// Whether there is a NUL. Eight bytes at a time: every text of every event is asked.
    fileprivate var containsZero: Bool {
        withContiguousStorageIfAvailable { UnsafeRawBufferPointer($0).containsZero } ?? contains(0)
    }
}

/// Collects problems.
private struct FieldCheck {
    private var problems: [FieldProblem] = []

    mutating func fail(_ field: String, _ code: String, _ message: String) {
        problems.append(FieldProblem(field, code, message))
    }

    mutating func tooLong(_ field: String, _ count: Int, _ maximum: Int) {
        fail(field, "too_long", "\(count) bytes; \(maximum) at most")
    }

    mutating func text(_ field: String, _ text: String?, _ maximum: Int) {
        guard let text else { return }
        if text.utf8.count > maximum { tooLong(field, text.utf8.count, maximum) }
        if text.utf8.containsZero { fail(field, "bad_value", "NUL is not allowed") }
    }

    mutating func recipients(_ recipients: [String], _ limits: EventLimits) {
        let maximum = 1000
        if recipients.count > maximum {
            fail("recipients", "too_long", "\(recipients.count) users; \(maximum) at most")
        }
        for user in recipients.prefix(maximum) {
            text("recipients", user, limits.name)
            // On the wire a line is a user.
            if user.isEmpty || user.utf8.contains(UInt8(ascii: "\n")) {
                fail("recipients", "bad_value", "a user's name is not empty and has no line break")
            }
        }
    }

    mutating func progress(_ progress: Double) {
        // Written so that NaN fails, too.
        if !(progress >= 0 && progress <= 100) { fail("progress", "bad_value", "must be from 0 to 100") }
    }

    mutating func object(_ field: String, _ object: JSONText, _ maximum: Int) {
        if !object.isObject { fail(field, "bad_type", "must be a JSON object") }
        if object.bytes.count > maximum { tooLong(field, object.bytes.count, maximum) }
    }

    mutating func scalars(_ field: String, _ object: JSONText) {
        guard object.isObject, !object.isEmptyObject, let members = object.members else { return }
        for member in members where member.value.kind == .object || member.value.kind == .array {
            fail("\(field).\(member.key)", "bad_type", "metadata holds scalars only")
        }
    }

    mutating func payload(_ payload: Payload?, _ limits: EventLimits) {
        guard let payload else { return }
        if payload.bytes.count > limits.payload { tooLong("payload", payload.bytes.count, limits.payload) }
        text("contentType", payload.contentType, limits.name)
        if payload.contentType.isEmpty { fail("contentType", "bad_value", "a content type cannot be empty") }
    }

    func finish() throws(InvalidEvent) {
        if !problems.isEmpty { throw InvalidEvent(problems) }
    }
}
