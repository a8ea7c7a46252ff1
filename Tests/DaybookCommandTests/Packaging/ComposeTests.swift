import Foundation
import Testing
import Yams

/// Holds docker-compose.yml and the Dockerfile to the program and to Kafka's rules: there is no Docker where the tests
/// run, so nothing else would notice a wrong name.
struct ComposeTests {
    private let compose: Compose
    private let dockerfile: Dockerfile

    init() throws {
        compose = try YAMLDecoder().decode(
            Compose.self, from: String(contentsOfFile: ProjectFiles.path("docker-compose.yml"), encoding: .utf8))
        dockerfile = try Dockerfile(String(contentsOfFile: ProjectFiles.path("Dockerfile"), encoding: .utf8))
    }

    private var kafka: Compose.Service { get throws { try #require(compose.services["kafka"]) } }
    private var daybook: Compose.Service { get throws { try #require(compose.services["daybook"]) } }

    // MARK: - Kafka

    /// The image's rule: KAFKA_ off, lower case, `___` for a dash, `__` for an underscore, `_` for a dot.
    private static func property(_ variable: String) -> String? {
        guard variable.hasPrefix("KAFKA_") else { return nil }
        return variable.dropFirst(6).lowercased().replacing("___", with: "-").replacing("__", with: "\u{1}")
            .replacing("_", with: ".").replacing("\u{1}", with: "_")
    }

    private func properties() throws -> [String: String] {
        Dictionary(
            uniqueKeysWithValues: try kafka.environment.compactMap { name, value in
                Self.property(name).map { ($0, value) }
            })
    }

    @Test func `Kafka's variables are properties of a broker`() throws {
        for name in try kafka.environment.keys where name != "CLUSTER_ID" {
            let property = try #require(Self.property(name), "\(name) has no prefix KAFKA_")
            #expect(
                KafkaBroker.properties.contains(property), "\(name) would be \(property), which Kafka does not know")
        }
        #expect(Self.property("KAFKA_A_B__C___D") == "a.b_c-d")
        // 16 bytes in URL-safe Base64.
        let id = try #require(try kafka.environment["CLUSTER_ID"])
        let standard = id.replacing("-", with: "+").replacing("_", with: "/") + "=="
        #expect(id.count == 22 && Data(base64Encoded: standard)?.count == 16)
    }

    /// One variable replaces all defaults of the image.
    @Test func `Kafka is told everything that a single broker needs`() throws {
        let properties = try properties()
        for name in [
            "node.id", "process.roles", "listeners", "advertised.listeners", "listener.security.protocol.map",
            "controller.listener.names", "controller.quorum.voters", "inter.broker.listener.name", "log.dirs",
        ] { #expect(properties[name] != nil, "\(name)") }
        for name in [
            "offsets.topic.replication.factor", "transaction.state.log.replication.factor",
            "transaction.state.log.min.isr",
        ] { #expect(properties[name] == "1", "\(name): the default asks for more brokers than there are") }
        #expect(properties["process.roles"] == "broker,controller")
        #expect(properties["auto.create.topics.enable"] == "false", "Daybook makes its streams itself")
        let volumes = try kafka.volumes.map { $0.split(separator: ":").last.map(String.init) }
        #expect(volumes == [properties["log.dirs"]], "what is not in the volume goes with the container")
    }

    @Test func `Kafka's listeners fit together`() throws {
        let properties = try properties()
        let listeners = Listener.list(properties["listeners"])
        let advertised = Listener.list(properties["advertised.listeners"])
        let controller = properties["controller.listener.names"]
        let protocols = (properties["listener.security.protocol.map"] ?? "").split(separator: ",").map {
            String($0.prefix { $0 != ":" })
        }
        #expect(Set(listeners.map(\.port)).count == listeners.count)
        #expect(Set(protocols) == Set(listeners.map(\.name)))
        #expect(Set(advertised.map(\.name)) == Set(listeners.map(\.name)).subtracting([controller ?? ""]))
        #expect(advertised.contains { $0.name == properties["inter.broker.listener.name"] })
        for listener in advertised {
            #expect(listeners.first { $0.name == listener.name }?.port == listener.port)
        }
        let voter = listeners.first { $0.name == controller }
        #expect(
            properties["controller.quorum.voters"] == "\(properties["node.id"] ?? "")@kafka:\(voter?.port ?? "none")")
        // What is published is what is advertised to this machine, and the health check asks inside.
        let outside = try #require(advertised.first { $0.name == "EXTERNAL" })
        #expect(try kafka.ports == ["\(outside.host):\(outside.port):\(outside.port)"])
        let inside = try #require(advertised.first { $0.name == "INTERNAL" })
        #expect(try kafka.healthcheck?.test.last == "\(inside.host):\(inside.port)")
        #expect(try kafka.healthcheck?.test.first == "CMD")
    }

    // MARK: - Daybook

    @Test func `Daybook's variables are its settings, and their values can be used`() async throws {
        for environment in [try daybook.environment, dockerfile.environment] {
            let shown = try await Program.run(
                Program.daybook, ["config", "show", "--json"], environment: environment)
            #expect(shown.code == 0, "\(shown.errors)")
            for (name, value) in environment {
                let line = shown.lines.first { $0.contains("\"environment \(name)\"") }
                #expect(line?.contains("\"\(value)\"") == true, "\(name) is no setting: \(shown.output)")
            }
        }
    }

    @Test func `Daybook finds Kafka where it listens for it`() throws {
        let inside = try #require(
            Listener.list(try properties()["advertised.listeners"]).first { $0.name == "INTERNAL" })
        #expect(try daybook.environment["DAYBOOK_LOG"] == "kafka://\(inside.host):\(inside.port)")
        #expect(compose.services[inside.host] != nil, "the host is the service's name")
        #expect(try daybook.depends_on == ["kafka": .init(condition: "service_healthy")])
    }

    @Test func `Daybook is reached on this machine only`() throws {
        let port = try #require(try daybook.environment["DAYBOOK_PORT"])
        #expect(try daybook.ports == ["127.0.0.1:\(port):\(port)"])
        #expect(try daybook.environment["DAYBOOK_HOST"] == "0.0.0.0", "inside, the whole container is this machine")
        #expect(try daybook.environment["DAYBOOK_INSECURE"] == "true", "nobody else reaches it, and there is no key")
        #expect(dockerfile.environment["DAYBOOK_INSECURE"] == nil, "where the image is run is for others to say")
        #expect(dockerfile.arguments(of: "EXPOSE") == [dockerfile.environment["DAYBOOK_PORT"]])
    }

    @Test func `volumes are declared and used`() throws {
        let used = try [kafka, daybook].flatMap(\.volumes).compactMap {
            $0.split(separator: ":").first.map(String.init)
        }
        #expect(Set(used) == Set(compose.volumes.keys))
        let mounted = try daybook.volumes.compactMap { $0.split(separator: ":").last.map(String.init) }
        #expect(mounted == dockerfile.arguments(of: "VOLUME"))
        #expect(try daybook.environment["DAYBOOK_SNAPSHOT_DIRECTORY"]?.hasPrefix(mounted[0]) == true)
        #expect(dockerfile.environment["DAYBOOK_LOG"] == "sqlite:\(mounted[0])")
    }

    // MARK: - The image

    @Test func `the image runs commands that there are`() async throws {
        let command = dockerfile.list(of: "ENTRYPOINT") + dockerfile.list(of: "CMD")
        #expect(command.first == "daybook")
        let help = try await Program.run(Program.daybook, command.dropFirst() + ["--help"])
        #expect(help.code == 0 && help.output.contains("USAGE: daybook serve"))
        let check = try #require(dockerfile.arguments(of: "HEALTHCHECK").split(separator: "CMD").last.map(Array.init))
        #expect(check == ["daybook", "doctor", "--server", "\"http://127.0.0.1:${DAYBOOK_PORT}\""])
        let doctor = try await Program.run(Program.daybook, ["doctor", "--help"])
        #expect(doctor.code == 0 && doctor.output.contains("--server <url>"))
    }

    @Test func `the image holds what the program needs, and no root`() throws {
        let stages = dockerfile.stages
        #expect(stages.count == 2)
        let tools = try String(contentsOfFile: ProjectFiles.path("Package.swift"), encoding: .utf8)
            .split(separator: "\n")[0].split(separator: " ").last
        #expect(stages[0][0].arguments.first == "swift:\(tools ?? "")-bookworm")
        #expect(stages[1][0].arguments.first == "debian:bookworm-slim", "the libraries' versions are the same in both")
        let packages = stages.map { $0.first { $0.name == "RUN" }?.arguments ?? [] }
        for (built, run) in [
            ("librdkafka-dev", "librdkafka1"), ("libsqlite3-dev", "libsqlite3-0"), ("zlib1g-dev", "zlib1g"),
        ] {
            #expect(packages[0].contains(built) && packages[1].contains(run))
        }
        #expect(packages[1].contains("useradd"))
        #expect(stages[1].first { $0.name == "USER" }?.arguments == ["daybook"])
        let copied = stages[0].filter { $0.name == "COPY" }.flatMap { $0.arguments.dropLast() }
        let taken = try String(contentsOfFile: ProjectFiles.path(".dockerignore"), encoding: .utf8).split(
            separator: "\n")
        for name in copied {
            #expect(FileManager.default.fileExists(atPath: ProjectFiles.path(name)), "\(name)")
            #expect(taken.contains("!\(name)"), "\(name) is left out by .dockerignore")
        }
        let build = try String(contentsOfFile: ProjectFiles.path("scripts/support/release"), encoding: .utf8)
        #expect(stages[0].contains { $0.name == "RUN" && $0.arguments.contains("programs=$(scripts/support/release") })
        #expect(build.contains("--static-swift-stdlib"))
    }
}

/// What this test looks at in a compose file; anything else in it is let be.
private struct Compose: Decodable {
    struct Service: Decodable {
        struct Health: Decodable { var test: [String] }
        struct Dependency: Decodable, Equatable { var condition: String }

        var environment: [String: String]
        var ports: [String]
        var volumes: [String]
        var healthcheck: Health?
        var depends_on: [String: Dependency]?
    }

    var services: [String: Service]
    var volumes: [String: String?]
}

/// One of Kafka's listeners: `NAME://host:port`.
private struct Listener {
    var name: String
    var host: String
    var port: String

    static func list(_ text: String?) -> [Listener] {
        (text ?? "").matches(of: /(\w+):\/\/([^:,]*):(\d+)/).map {
            Listener(name: String($0.1), host: String($0.2), port: String($0.3))
        }
    }
}

/// A Dockerfile as its instructions.
private struct Dockerfile {
    struct Instruction {
        var name: String
        var arguments: [String]
    }

    var instructions: [Instruction]

    init(_ text: String) {
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }.joined(separator: "\n")
        instructions = lines.replacing("\\\n", with: " ").split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ").map(String.init)
            return words.first.map { Instruction(name: $0, arguments: Array(words.dropFirst())) }
        }
    }

    /// Each from its FROM on.
    var stages: [[Instruction]] {
        instructions.reduce(into: []) { stages, next in
            if next.name == "FROM" { stages.append([]) }
            stages[stages.count - 1].append(next)
        }
    }

    func arguments(of name: String) -> [String] {
        stages.last?.last { $0.name == name }?.arguments ?? []
    }

    /// The words of an instruction in its JSON form.
    func list(of name: String) -> [String] {
        let json = arguments(of: name).joined(separator: " ")
        return (try? JSONDecoder().decode([String].self, from: Data(json.utf8))) ?? []
    }

    var environment: [String: String] {
        Dictionary(
            uniqueKeysWithValues: arguments(of: "ENV").compactMap { pair in
                pair.firstIndex(of: "=").map { (String(pair[..<$0]), String(pair[pair.index(after: $0)...])) }
            })
    }
}
