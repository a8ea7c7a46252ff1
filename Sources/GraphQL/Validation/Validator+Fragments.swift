extension Validator {
    /// Each fragment is used by some operation, if only through other fragments.
    func checkFragmentsAreUsed() throws(Stop) {
        var used = Array(repeating: false, count: document.fragmentCount)
        for operation in document.operations {
            for fragment in usages.fragments(reachedFrom: operation.selectionSet) { used[fragment.number] = true }
        }
        for case .fragment(let fragment) in document.definitions {
            // Of several fragments of a name one stands for all.
            guard let known = document.fragments[fragment.name.text], !used[known.number] else { continue }
            try report("Fragment \(fragment.name.text) is not used.", at: fragment.offset)
        }
    }

    /// Reports each cycle that can be reached from a fragment and has not been told yet.
    ///
    /// A search in depth of its own stack: documents may chain more fragments than calls can be nested.
    func checkForCycles(_ fragment: FragmentDefinition) throws(Stop) {
        struct Frame {
            var name: String
            var spreads: [FragmentSpread]
            var next = 0
        }
        guard searchedFragments.insert(fragment.name.text).inserted else { return }
        var frames = [Frame(name: fragment.name.text, spreads: usages.spreads(in: fragment.selectionSet))]
        // Where each fragment is on the path from the first one, and the spreads that lead from one to the next.
        var depths = [fragment.name.text: 0]
        while let frame = frames.last {
            guard frame.next < frame.spreads.count else {
                depths[frame.name] = nil
                frames.removeLast()
                continue
            }
            let spread = frame.spreads[frame.next]
            frames[frames.count - 1].next += 1
            let name = spread.name.text
            if let depth = depths[name] {
                let path = frames[depth...].map { $0.spreads[$0.next - 1] }
                try report(
                    "Fragment \(name) holds itself\(Self.detour(path.dropLast())).", at: path.map(\.offset))
            } else if let target = document.fragments[name], searchedFragments.insert(name).inserted {
                depths[name] = frames.count
                frames.append(Frame(name: name, spreads: usages.spreads(in: target.selectionSet)))
            }
        }
    }

    private static func detour(_ path: ArraySlice<FragmentSpread>) -> String {
        guard !path.isEmpty else { return "" }
        return " through \(path.prefix(10).map(\.name.text).joined(separator: ", "))"
    }
}
