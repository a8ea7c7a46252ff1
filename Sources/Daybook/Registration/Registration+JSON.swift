public import LosslessJSON

/// A registration as the catalog and HTTP have it:
/// `{"name", "id", "filter", "on", "signals", "delivery", "settings", "policy", "state", "reason", "owner", "ownerKey", "starts", "filters"}`.
extension Registration {
    /// As the catalog keeps it: without the name, which is its key.
    var catalogValue: JSONText {
        var json = JSONWriter()
        json.beginObject()
        json.key("id")
        json.string(id.description)
        json.key("filters")
        json.beginArray()
        for version in filters {
            json.beginObject()
            if let filter = version.filter {
                json.key("filter")
                json.string(filter.description)
            }
            json.key("from")
            json.string(version.from.description)
            json.endObject()
        }
        json.endArray()
        json.key("starts")
        json.string(starts.description)
        writeCommon(to: &json)
        json.endObject()
        return JSONText(trusting: json.bytes)
    }

    /// - Throws: ``InvalidRegistration``: the record is no registration of ours.
    init(catalogItem item: CatalogItem) throws(InvalidRegistration) {
        guard let members = item.value.members, let id = members["id"]?.stringValue.flatMap({ EventID($0) }) else {
            throw InvalidRegistration([FieldProblem("id", "missing", "the catalog's record has no id")])
        }
        let input: RegistrationInput
        do throws(InvalidRegistration) {
            input = try RegistrationInput(
                members, ignoring: ["id", "filters", "starts", "state", "reason", "owner", "ownerKey"])
        } catch {
            throw error
        }
        self.init(
            name: item.name, id: id, on: input.on ?? [.created], signals: input.signals ?? false,
            delivery: input.delivery ?? .process,
            settings: input.settings ?? .emptyObject, policy: input.policy ?? FailurePolicy())
        starts = members["starts"]?.stringValue.flatMap { PositionVector($0) } ?? PositionVector()
        owner = members["owner"]?.stringValue
        ownerKey = members["ownerKey"]?.stringValue
        if members["state"]?.stringValue == "paused" { state = .paused(reason: members["reason"]?.stringValue) }
        var versions: [FilterVersion] = []
        for version in (members["filters"]?.elements?.compactMap(\.members) ?? []) {
            do throws(InvalidFilter) {
                versions.append(
                    FilterVersion(
                        filter: try version["filter"]?.stringValue.map { text throws(InvalidFilter) in try Filter(text)
                        },
                        from: version["from"]?.stringValue.flatMap { PositionVector($0) } ?? PositionVector()))
            } catch {
                // Never more than was asked for.
                throw InvalidRegistration([FieldProblem("filter", "bad_value", "\(error)")])
            }
        }
        if !versions.isEmpty { filters = versions }
    }

    /// The members that HTTP shows, but for what is known of its work.
    public func writeMembers(to json: inout JSONWriter) {
        json.key("name")
        json.string(name)
        json.key("id")
        json.string(id.description)
        json.key("filter")
        if let filter { json.string(filter.description) } else { json.null() }
        writeCommon(to: &json)
    }

    private func writeCommon(to json: inout JSONWriter) {
        json.key("on")
        json.beginArray()
        for operation in RecordOperation.allCases where on.contains(operation) { json.string(operation.rawValue) }
        json.endArray()
        json.key("signals")
        json.bool(signals)
        json.key("delivery")
        json.string(delivery.rawValue)
        json.key("settings")
        json.raw(settings)
        json.key("policy")
        policy.write(to: &json)
        json.key("state")
        switch state {
        case .running: json.string("running")
        case .paused(let reason):
            json.string("paused")
            if let reason {
                json.key("reason")
                json.string(reason)
            }
        }
        if let owner {
            json.key("owner")
            json.string(owner)
        }
        if let ownerKey {
            json.key("ownerKey")
            json.string(ownerKey)
        }
    }
}

extension FailurePolicy {
    func write(to json: inout JSONWriter) {
        func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }
        json.beginObject()
        json.key("maximumAttempts")
        json.int(maximumAttempts)
        json.key("initialDelaySeconds")
        json.double(seconds(initialDelay))
        json.key("maximumDelaySeconds")
        json.double(seconds(maximumDelay))
        json.key("jitter")
        json.double(jitter)
        json.key("attemptTimeoutSeconds")
        json.double(seconds(attemptTimeout))
        json.key("settleWithinSeconds")
        json.double(seconds(settleWithin))
        json.key("concurrency")
        json.int(concurrency)
        json.endObject()
    }

    init(_ members: JSONMembers, _ reader: inout MemberReader) {
        self.init()
        for (key, value) in members where !value.isNull {
            let field = "policy.\(key)"
            switch key {
            case "maximumAttempts": maximumAttempts = reader.int(field, value) ?? maximumAttempts
            case "initialDelaySeconds": initialDelay = reader.seconds(field, value) ?? initialDelay
            case "maximumDelaySeconds": maximumDelay = reader.seconds(field, value) ?? maximumDelay
            case "jitter": jitter = reader.double(field, value) ?? jitter
            case "attemptTimeoutSeconds": attemptTimeout = reader.seconds(field, value) ?? attemptTimeout
            case "settleWithinSeconds": settleWithin = reader.seconds(field, value) ?? settleWithin
            case "concurrency": concurrency = reader.int(field, value) ?? concurrency
            default: reader.fail(field, "unknown_field", "there is no such setting")
            }
        }
    }
}
