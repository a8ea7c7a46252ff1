/// The entries that Daybook comes with: the topics AYON's server and its tools publish, with what their summaries hold.
///
/// Nothing is checked: AYON itself checks nothing, and its versions differ. An entry of one's own for the same pattern
/// takes the place of one of these.
enum BuiltInTopics {
    static let all: [TopicEntry] = (entities + projects + work + server + logs).compactMap { written in
        TopicPattern(written.pattern).map { pattern in
            TopicEntry(
                pattern, description: written.description, summary: written.summary?.split(separator: " ").map(member))
        }
    }

    /// Members are separated by blanks, each `name`, `name:type`, and `name?` or `name?:type` for those that may be missing.
    private typealias Written = (pattern: String, description: String, summary: String?)

    private static func member(_ text: Substring) -> SummaryMember {
        let parts = text.split(separator: ":")
        let isOptional = parts[0].last == "?"
        let type = parts.count > 1 ? DatasetFieldType(rawValue: String(parts[1])) : nil
        return SummaryMember(String(isOptional ? parts[0].dropLast() : parts[0]), type: type, isOptional: isOptional)
    }

    private static let entityTypes = [
        "folder", "product", "version", "representation", "task", "workfile", "subset",
    ]

    private static let place = "entityId:string parentId?:string entityPath?:string"

    private static let entities: [Written] =
        entityTypes.flatMap { type -> [Written] in
            [
                ("entity.\(type).created", "A \(type) was made.", "entityId:string parentId?:string"),
                (
                    "entity.\(type).deleted", "A \(type) was deleted; the payload may have it as it was.",
                    "entityId:string parentId?:string"
                ),
            ]
        }
        + [
            ("entity.*.renamed", "An entity has another name.", "\(place) value?"),
            ("entity.*.attrib_changed", "Attributes of an entity have other values, which the payload has.", place),
            ("entity.*.product_type_changed", "A product is of another type.", "\(place) value?"),
            (
                "entity.subset.family_changed", "A product, once called a subset, is of another family.",
                "\(place) value?"
            ),
        ]
        + [
            "status", "tags", "data", "label", "type", "thumbnail", "active", "assignees", "author", "files", "parent",
            "folder", "task", "product", "version",
        ].map { ("entity.*.\($0)_changed", "An entity's \($0) changed.", "\(place) value?") }
        + [
            ("entity_list.created", "A list of entities was made.", list),
            ("entity_list.changed", "A list of entities changed.", list),
            ("entity_list.deleted", "A list of entities was deleted.", list),
            ("link.created", "Two entities were linked.", link),
            ("link.deleted", "A link of two entities is gone.", link),
            ("links.created", "Several links were made.", "count:integer links:array"),
        ]

    private static let list =
        "id:string entity_list_type?:string entity_type?:string label?:string count?:integer"
    private static let link =
        "id:string linkType?:string inputType?:string outputType?:string inputId:string outputId:string"

    private static let projects: [Written] =
        ["project", "project_skeleton"].flatMap { type -> [Written] in
            [
                ("entity.\(type).created", "A project was made.", nil),
                ("entity.\(type).deleted", "A project was deleted.", nil),
                ("entity.\(type).renamed", "A project has another name.", "entityName:string"),
                ("entity.\(type).changed", "A project changed.", nil),
                ("entity.\(type).attrib_changed", "Attributes of a project have other values.", nil),
                ("entity.\(type).config_changed", "A project's configuration changed.", nil),
                ("entity.\(type).statuses_changed", "A project has other statuses.", nil),
                ("entity.\(type).tags_changed", "A project has other tags.", nil),
                ("entity.\(type).folder_types_changed", "A project has other types of folders.", nil),
                ("entity.\(type).task_types_changed", "A project has other types of tasks.", nil),
            ]
        } + [
            ("entity.user.created", "A user was made.", "entityName:string"),
            ("entity.user.deleted", "A user was deleted.", "entityName:string"),
            ("entity.user.renamed", "A user has another name.", "entityName:string"),
            ("access_group.updated", "An access group was made or changed.", "name:string"),
            ("access_group.deleted", "An access group was deleted.", "name:string"),
        ]

    private static let work: [Written] = [
        ("activity.created", "Somebody wrote a comment, or something was noted of an entity.", activity),
        ("activity.updated", "An activity changed.", activity),
        ("activity.deleted", "An activity was deleted.", activity),
        ("inbox.message", "A user has a message; it is not stored.", "isImportant?:boolean"),
        (
            "reviewable.created", "A file can be reviewed.",
            "fileId:string versionId:string productId?:string activityId?:string size?:integer filename?:string label?:string"
                + " mimetype?:string"
        ),
        (
            "thumbnail.updated", "An entity has another thumbnail; it is not stored.",
            "entityType:string entityId:string thumbnailHash?:string"
        ),
        (
            "action.launcher", "A program is to be started on a user's machine; pending until it was.",
            "addon_name:string addon_version?:string variant?:string action_identifier:string"
        ),
        ("import.data", "Data is being imported.", counters),
        ("database_import", "A database is being imported.", counters),
    ]

    private static let activity = "activity_id:string activity_type:string references?:array"
    private static let counters =
        "total?:integer created?:integer updated?:integer skipped?:integer failed?:integer phase?:string"

    private static let server: [Written] = [
        ("settings.changed", "Settings of an addon changed; the payload has them before and after.", settings),
        ("settings.deleted", "Settings of an addon are as they come again.", settings),
        ("bundle.created", "A bundle of addons was made.", bundle), ("bundle.updated", "A bundle changed.", bundle),
        ("bundle.status_changed", "A bundle is now, or no longer, the one that is used.", bundle),
        ("addon.install", "An addon is being installed.", install),
        ("addon.install_from_url", "An addon is being fetched and installed.", install),
        ("installer.install_from_url", "A desktop installer is being fetched.", install),
        ("dependency_package.install_from_url", "A package of dependencies is being fetched.", install),
        ("auth.login", "A user logged in; the summary tells of the client.", nil),
        ("auth.logout", "A user logged out.", "token?:string"),
        ("user.log_fail", "A login failed.", "ip?:string"),
        ("server.started", "A server is starting: pending, then finished.", nil),
        ("server.restart_requested", "Somebody asked for a restart.", nil),
        ("server.restart_required", "A change counts after a restart only.", nil),
        ("server.log_collector_started", "The server's log lines become events from here on.", nil),
        ("maintenance", "The server tidies up.", nil),
        ("heartbeat", "A sign of life to those who listen; it is not stored.", nil),
    ]

    private static let settings = "addon_name:string addon_version:string variant:string site_id?:string"
    private static let bundle =
        "name:string isProduction?:boolean isStaging?:boolean isDev?:boolean changedFields?:array isArchived?:boolean"
        + " isProject?:boolean"
    private static let install = "url?:string name?:string version?:string"

    private static let logs: [Written] =
        ["debug", "info", "success", "warning", "error", "critical"].map {
            (
                "log.\($0)",
                "A line of a log at level \($0): the description is its first line, the payload its context.", nil
            )
        }
}
