extension Registrations {
    /// Sees to it that there is a registration that asks for what is given: makes it, or changes the one that has the name.
    ///
    /// - Parameter input: with a name. `start` counts only when the registration is made.
    /// - Throws: ``RegistrationError/conflict(name:difference:)`` when there is one with another way of delivery, which
    ///   cannot be changed; ``RegistrationError/invalid(_:)``; ``LogError``.
    @discardableResult
    public func ensure(_ input: RegistrationInput) async throws -> Registration {
        let wanted: Registration
        do throws(InvalidRegistration) { wanted = try input.registration() } catch {
            throw RegistrationError.invalid(error)
        }
        guard let known = find(wanted.name) else {
            do {
                return try await create(wanted, from: input.start ?? .latest)
            } catch RegistrationError.conflict {
                // Another server has made it meanwhile.
                return try await change(to: wanted)
            }
        }
        guard known.differs(from: wanted) else { return known }
        return try await change(to: wanted)
    }

    private func change(to wanted: Registration) async throws -> Registration {
        let known = try get(wanted.name)
        guard known.delivery == wanted.delivery else {
            throw RegistrationError.conflict(
                name: wanted.name, difference: "another way of delivery: \(known.delivery.rawValue)")
        }
        var input = RegistrationInput()
        input.filter = .some(wanted.filter)
        input.on = wanted.on
        input.signals = wanted.signals
        input.settings = wanted.settings
        input.policy = wanted.policy
        return try await change(wanted.name, input)
    }
}

extension Registration {
    fileprivate func differs(from other: Registration) -> Bool {
        filter?.description != other.filter?.description || on != other.on || signals != other.signals
            || delivery != other.delivery
            || settings != other.settings || policy != other.policy
    }
}
