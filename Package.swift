// swift-tools-version: 6.2
import PackageDescription

/// What every target of ours is compiled with. Warnings are errors here and nowhere else, so that a
/// dependency's warning never breaks a build.
let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(of name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies, resources: resources,
        swiftSettings: settings)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")
let certificates = Target.Dependency.product(name: "X509", package: "swift-certificates")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let jwt = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let nioWebSocket = Target.Dependency.product(name: "NIOWebSocket", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "daybook",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "CJemalloc", targets: ["CJemalloc"]),
        .library(name: "Daybook", targets: ["Daybook"]),
        .library(name: "DaybookHandlers", targets: ["DaybookHandlers"]),
        .library(name: "DaybookIndex", targets: ["DaybookIndex"]),
        .library(name: "DaybookSQLite", targets: ["DaybookSQLite"]),
        .library(name: "DaybookKafka", targets: ["DaybookKafka"]),
        .library(name: "DaybookServer", targets: ["DaybookServer"]),
        .library(name: "DaybookTesting", targets: ["DaybookTesting"]),
        .library(name: "KafkaClient", targets: ["KafkaClient"]),
        .library(name: "LosslessJSON", targets: ["LosslessJSON"]),
        .library(name: "Mail", targets: ["Mail"]),
        .executable(name: "daybook", targets: ["DaybookCommand"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.0.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        // General, small, know no events.
        library("LosslessJSON"),
        library("Prometheus"),
        library("GraphQL", ["LosslessJSON"]),
        library("WebSocket", [httpTypes, hummingbirdCore, nioCore, nioHTTP1, nioWebSocket]),
        .systemLibrary(name: "CJemalloc", pkgConfig: "jemalloc", providers: [.apt(["libjemalloc-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        library("Mail", ["CCurl"]),

        // The words and rules; no I/O.
        library("Daybook", ["LosslessJSON", collections, crypto, lifecycle, logging]),
        library("DaybookIndex", ["Daybook", "LosslessJSON", collections, crypto, lifecycle, logging]),

        // Backends: the only code that reaches storage.
        .systemLibrary(
            name: "CRdKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        library("KafkaClient", ["CRdKafka", logging]),
        library("DaybookKafka", ["Daybook", "KafkaClient", lifecycle, logging]),
        library("DaybookSQLite", ["Daybook", grdb, logging]),

        // What takes events.
        library(
            "DaybookHandlers",
            [
                "Daybook", "LosslessJSON", "Mail", asyncHTTPClient, crypto, lifecycle, logging, mustache, nioCore,
                nioHTTP1, nioPosix, subprocess,
            ]),

        // Surfaces.
        .target(
            name: "DaybookServer",
            dependencies: [
                "Daybook", "DaybookIndex", "GraphQL", "LosslessJSON", "Prometheus", "WebSocket", hummingbird,
                hummingbirdTLS, httpTypes, jwt, nioCore, nioHTTP1, nioSSL, nioTLS, lifecycle, logging,
            ],
            exclude: ["Documents/openapi.json"], swiftSettings: settings, plugins: ["EmbedOpenAPI"]),
        // The description of the HTTP interface, as a part of the program.
        .plugin(name: "EmbedOpenAPI", capability: .buildTool()),
        .executableTarget(
            name: "DaybookCommand",
            dependencies: [
                "CJemalloc", "Daybook", "DaybookHandlers", "DaybookIndex", "DaybookSQLite", "DaybookKafka",
                "DaybookServer", "LosslessJSON", "Mail", argumentParser, asyncHTTPClient, configuration, hummingbird,
                lifecycle, logging, nioCore, nioHTTP1, nioPosix, nioSSL, unixSignals,
            ],
            swiftSettings: settings),

        // Contract suite and faults, for every backend, ours or not.
        library("DaybookTesting", ["Daybook", "DaybookIndex", collections, logging]),
        .executableTarget(
            name: "DaybookSimulation", dependencies: ["DaybookTesting", argumentParser], swiftSettings: settings),

        .executableTarget(
            name: "FuzzTool",
            dependencies: [
                "Daybook", "GraphQL", "GraphQLTesting", "LosslessJSON", "WebSocket", argumentParser, nioCore,
                nioEmbedded,
                nioWebSocket,
            ], swiftSettings: settings),
        .executableTarget(
            name: "GraphQLTool", dependencies: ["GraphQL", "GraphQLTesting", "LosslessJSON"], swiftSettings: settings),

        // Tests.
        .target(name: "CPowerCut", path: "Tests/CPowerCut", linkerSettings: [.linkedLibrary("sqlite3")]),
        tests(of: "LosslessJSON"),
        tests(of: "Prometheus"),
        tests(of: "WebSocket", [httpTypes, hummingbirdCore, nioCore, nioEmbedded, nioWebSocket]),
        .target(
            name: "GraphQLTesting", dependencies: ["GraphQL", "LosslessJSON"], path: "Tests/GraphQLTesting",
            swiftSettings: settings),
        tests(of: "GraphQL", ["GraphQLTesting", "LosslessJSON"]),
        .target(
            name: "TestTools", dependencies: [certificates, crypto, subprocess], path: "Tests/TestTools",
            swiftSettings: settings),
        .target(
            name: "MailTesting", dependencies: ["TestTools", subprocess], path: "Tests/MailTesting",
            exclude: ["smtp_server.py"],
            swiftSettings: settings),
        tests(of: "Mail", ["MailTesting"]),
        tests(of: "Daybook", ["DaybookTesting", "LosslessJSON"]),
        tests(of: "DaybookIndex", ["Daybook", "DaybookTesting", lifecycle, logging]),
        tests(of: "DaybookTesting", ["Daybook", "DaybookSQLite"]),
        tests(of: "DaybookSQLite", ["Daybook", "DaybookIndex", "DaybookTesting", "CPowerCut"]),
        tests(of: "KafkaClient"),
        tests(of: "DaybookKafka", ["Daybook", "DaybookIndex", "DaybookSQLite", "DaybookTesting", "KafkaClient"]),
        tests(
            of: "DaybookHandlers",
            [
                "Daybook", "DaybookSQLite", "LosslessJSON", "Mail", "MailTesting", "TestTools", asyncHTTPClient, crypto,
                lifecycle, logging, nioCore, subprocess,
            ]),
        tests(
            of: "DaybookServer",
            [
                "Daybook", "DaybookIndex", "DaybookSQLite", "DaybookTesting", "GraphQL", "TestTools", crypto,
                cryptoExtras, hummingbirdTesting, jwt, nioCore, nioEmbedded, nioPosix, nioSSL,
            ]),
        tests(
            of: "DaybookCommand",
            [
                "Daybook", "KafkaClient", "LosslessJSON", "MailTesting", "TestTools", argumentParser, asyncHTTPClient,
                crypto,
                nioCore, yams,
            ]),
    ]
)
