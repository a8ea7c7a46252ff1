import Foundation
import PackagePlugin

/// Makes Swift of `openapi.json`, so that the program has it with it. (SwiftPM's own way, `.embedInCode`, writes an array
/// of numbers, one for each byte, on which the compiler works for minutes.)
@main struct EmbedOpenAPI: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let document = target.directoryURL.appending(path: "Documents/openapi.json")
        let source = context.pluginWorkDirectoryURL.appending(path: "OpenAPIDocument.swift")
        let script = """
            { printf '/// OpenAPI 3.1 in JSON.\\nenum OpenAPIDocument {\\n    static let json: StaticString = ##\"""\\n'
              cat "$1"
              printf '\\n\"""##\\n}\\n'
            } >"$2"
            """
        return [
            .buildCommand(
                displayName: "Embedding openapi.json", executable: URL(filePath: "/bin/sh"),
                arguments: ["-c", script, "embed", document.path, source.path], inputFiles: [document],
                outputFiles: [source])
        ]
    }
}
