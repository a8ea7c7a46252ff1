// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
]

func daybook(_ name: String) -> Target.Dependency { .product(name: name, package: "daybook") }

let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "daybook", path: ".."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    ],
    targets: [
        // What Daybook is measured against: plain C on librdkafka and SQLite.
        .executableTarget(
            name: "baseline",
            linkerSettings: [.linkedLibrary("rdkafka"), .linkedLibrary("sqlite3")]),
        // A Hummingbird server that does nothing but take the body and answer.
        .executableTarget(
            name: "bare-hummingbird",
            dependencies: [.product(name: "Hummingbird", package: "hummingbird")],
            swiftSettings: settings),
        // The harness, and Daybook's side of each row.
        .executableTarget(
            name: "bench",
            dependencies: [
                daybook("CJemalloc"), daybook("Daybook"), daybook("DaybookHandlers"), daybook("DaybookIndex"),
                daybook("DaybookKafka"),
                daybook("DaybookSQLite"),
                daybook("KafkaClient"), daybook("LosslessJSON"), daybook("Mail"), daybook("daybook"),
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings),
    ]
)
