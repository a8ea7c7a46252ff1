import DaybookTesting

extension LogFault {
    /// The contracts that have to find it. Others may find it as well.
    var contracts: [String] {
        switch self {
        case .nullKeysBecomeEmpty, .emptyKeysBecomeNull: ["null and empty keys differ"]
        case .nullValuesBecomeEmpty, .emptyValuesBecomeNull: ["null and empty values differ"]
        case .nullHeadersBecomeEmpty, .emptyHeadersBecomeNull: ["null and empty header values differ"]
        case .headersAreSorted, .repeatedHeadersGo: ["headers keep order and repeats"]
        case .valuesEndAtZero: ["any bytes are kept"]

        case .recordsAreLost: ["appended records are read", "concurrent appenders lose nothing"]
        case .recordsAreDoubled:
            ["appended records are read", "concurrent appenders lose nothing", "offsets are consecutive"]
        case .batchesAreReversed: ["a batch keeps its order"]
        case .appendsOvertake: ["later appends come later"]
        case .concurrentAppendsAreLost: ["concurrent appenders lose nothing"]
        case .partitionsAreMixed, .streamsAreMixed: ["streams are isolated"]
        case .offsetsAreToldWrong: ["positions and times are as told", "watermarks are the range"]
        case .timesAreToldWrong: ["positions and times are as told"]
        case .offsetsHaveGaps: ["offsets are consecutive"]
        case .timesGoBack: ["log times never fall"]
        case .batchesFailWhole: ["outcomes are per record"]
        case .failuresAreOvertaken: ["a failure holds back its partition"]
        case .tooLargeIsNotTold, .largestIsRefused: ["too large is told"]
        case .tooLargeIsAcknowledged: ["too large is told", "outcomes are per record"]
        case .unknownStreamsAreCreated: ["unknown partitions are told"]
        case .emptyBatchesAreAnswered: ["an empty batch is nothing"]

        case .readersBeginAtTheStart: ["reading begins anywhere"]
        case .readersAreNotWoken: ["a reader waits at the end", "logs see each other"]
        case .readersWaitForOnePartition: ["any partition wakes a reader"]
        case .readersAnswerEmpty: ["a reader waits at the end"]
        case .oneReaderIsWoken: ["many readers wait at once"]
        case .maximumIsIgnored: ["batches keep to the maximum"]
        case .partitionsStarve: ["partitions take turns"]
        case .caughtUpTooEarly: ["caught up is told"]
        case .gapsAreHidden: ["caught up is told behind transactions"]
        case .readersJump:
            [
                "above the end is out of range", "below the low watermark is out of range",
                "an overtaken reader does not jump", "retention drops what is old",
            ]
        case .readersHangOutOfRange: ["above the end is out of range", "below the low watermark is out of range"]
        case .addedPartitionsAreIgnored: ["partitions can be added"]
        case .addedPartitionsStay: ["a partition that is added again moves"]
        case .cancellationIsIgnored: ["a cancelled read goes on", "a cancelled member goes on"]
        case .cancelledReadsLoseRecords: ["a cancelled read goes on"]
        case .closedReadersWait: ["a closed reader ends"]
        case .readersShareTheirPlace: ["readers are independent"]
        case .recordsComeSorted: ["records are found by position", "records are found in many large batches"]
        case .neighboursAreFound: ["records are found by position"]
        case .timesLeadOneTooFar, .timesLeadToTheEnd: ["a log time leads to an offset"]
        case .lowIsAlwaysZero: ["trimming moves the low watermark"]
        case .endCountsOpenTransactions: ["open transactions are invisible"]
        case .unknownWatermarksAreLeftOut: ["watermarks are the range"]

        case .mismatchIsIgnored: ["a mismatch creates nothing"]
        case .mismatchCreatesTheRest: ["a mismatch creates nothing", "another clean-up is a mismatch"]
        case .otherCleanupIsIgnored: ["another clean-up is a mismatch"]
        case .creatingAgainFails: ["creating again changes nothing"]
        case .creatingTogetherFails: ["streams are created once"]
        case .streamsAreToldWrong: ["streams are told as created"]

        case .openTransactionsAreVisible: ["open transactions are invisible", "an open transaction dies with its log"]
        case .abortedTransactionsCommit: ["transactions are all or nothing", "what throws leaves nothing"]
        case .cancelledTransactionsCommit: ["what is cancelled leaves nothing"]
        case .transactionsAreSplit: ["transactions are all or nothing"]
        case .transactionsAreReversed, .transactionsTellWrongOffsets: ["transactions keep order and positions"]
        case .transactionsOverlap: ["transactions of one writer take turns"]
        case .appendsBesideTransactionsAreLost: ["appends beside a transaction are kept"]
        case .writersAreNotFenced:
            ["a new writer fences the earlier one", "taking over ends what was open", "fencing spans logs"]
        case .takenOverStaysOpen: ["taking over ends what was open", "an open transaction dies with its log"]
        case .everyWriterIsFenced: ["other ids are left alone"]
        case .closedWritersWrite: ["a writer's id can be used again"]
        case .positionsAreLeftOut: ["positions commit with a transaction"]
        case .positionsCommitEarly: ["positions abort with a transaction"]
        case .lostMembersCommit: ["a lost member's transaction fails"]

        case .groupsStartOver: ["a group resumes where it committed"]
        case .deliveryCommits: ["delivery is no commit", "a leaving member leaves no gap"]
        case .setPositionsAreIgnored: ["positions can be set"]
        case .activeGroupsAreSet, .activeGroupsAreDeleted: ["an active group is protected"]
        case .deletedGroupsRemain: ["a deleted group is forgotten"]
        case .groupsShareTheirPositions: ["groups are independent"]
        case .startIsAlwaysEarliest, .startIsAlwaysLatest: ["a group starts where it is told"]
        case .lateStartIsForgotten: ["a late start skips nothing later"]
        case .oneStreamIsRead: ["a group reads several streams"]
        case .cancelledMembersLeave: ["a cancelled member goes on"]
        case .overtakenGroupsJump: ["an overtaken group is told"]
        case .partitionsAreGivenTwice:
            ["members share the partitions", "a joining member leaves no gap", "groups span logs"]
        case .rebalancingSkips: ["a joining member leaves no gap", "a leaving member leaves no gap"]
        case .leavingIsSlow: ["a leaving member leaves no gap"]
        case .leavingHangs: ["leaving ends the wait"]
        case .revocationIsNotTold: ["members share the partitions", "what is revoked can be committed"]
        case .revokedCannotBeCommitted: ["what is revoked can be committed"]
        case .membersAreNotFenced: ["what is lost cannot be committed", "a member taken for dead is fenced"]
        case .membersNeverDie: ["a member taken for dead is fenced", "groups span logs"]

        case .trimmingDoesNothing: ["trimming moves the low watermark", "below the low watermark is out of range"]
        case .trimmingTakesOneMore: ["trimming moves the low watermark"]
        case .cleanerDoesNothing:
            ["retention drops what is old", "compaction keeps the last of each key", "a null value ends its key"]
        case .cleanerTakesEverything: ["retention drops what is old"]
        case .compactionKeepsTheFirst: ["compaction keeps the last of each key"]
        case .nullsAreNotStored: ["a null value ends its key"]

        case .acknowledgedTooEarly: ["what was acknowledged survives a crash"]
        case .positionsAreLazy: ["positions survive a crash exactly"]
        case .refusedAppendsAreStored: ["closing drains"]
        case .closedLogsServe: ["a closed log does nothing"]
        case .closingAgainFails: ["a closed log does nothing"]
        case .closingLeavesWaits: ["closing ends every wait"]
        case .healthFails, .healthCheckWrites: ["a healthy log says so"]
        case .nothingIsCounted: ["a log counts what it does"]
        case .identityChanges: ["a log has an identity"]
        case .logsHideStreams: ["logs see each other", "what was acknowledged survives closing"]
        }
    }
}
