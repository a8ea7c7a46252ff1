extension Publisher {
    /// What asks the arbiter for a job. The stream of the job's topic is made when it does not exist yet.
    ///
    /// - Parameter job: the job as it is to be created if there is none; its hash says which job it is.
    public func claim(
        _ job: Event, _ terms: ClaimTerms, for holder: Holder
    ) async throws(PublishError) -> HashRequest {
        guard let hash = job.hash else {
            throw .invalid(InvalidEvent([FieldProblem("hash", "missing", "a job needs one")]))
        }
        let record: NewRecord
        if let made = try job.record(limits, catalog, actor: holder.sender) {
            record = made
        } else {
            record = try await recordInNewStream(job, actor: holder.sender)
        }
        return HashRequest(
            .claim(terms), hash: hash, event: job.id, record: record.record, target: record.partition, holder: holder)
    }
}
