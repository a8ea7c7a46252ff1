/// What mails look like when the settings say nothing else.
extension EmailTemplates {
    static let ownSubject = """
        {{#isDigest}}{{#isError}}Errors: {{/isError}}{{#isWarning}}Warnings: {{/isWarning}}{{count}} events{{/isDigest}}\
        {{^isDigest}}{{#isError}}Error: {{/isError}}{{#isWarning}}Warning: {{/isWarning}}{{summary}}{{/isDigest}}
        """

    static let ownText = """
        {{#isDigest}}
        {{count}} events

        {{/isDigest}}
        {{#events}}
        {{#isError}}Error: {{/isError}}{{#isWarning}}Warning: {{/isWarning}}{{summary}}

        {{{dataTable}}}

        Topic    {{topic}}
        Time     {{createdAt}}
        {{#sender}}
        Sender   {{sender}}
        {{/sender}}
        {{#project}}
        Project  {{project}}
        {{/project}}
        {{#user}}
        User     {{user}}
        {{/user}}
        Status   {{status}}
        Event    {{id}}

        {{/events}}
        """

    static let ownHTML = """
        <!DOCTYPE html>
        <html>
        <head>
        <meta charset="utf-8">
        <title>{{#isDigest}}{{count}} events{{/isDigest}}{{^isDigest}}{{summary}}{{/isDigest}}</title>
        <style>
        body { font-family: sans-serif; color: #222; }
        .event { max-width: 48em; margin: 0 0 2em; }
        h1 { font-size: 1.2em; margin: 0 0 0.6em; padding-left: 0.6em; border-left: 0.3em solid #2a7; }
        .error h1 { border-color: #c22; }
        .warning h1 { border-color: #e90; }
        .severity { font-size: 0.75em; color: #666; text-transform: uppercase; }
        table { border-collapse: collapse; margin: 0 0 0.8em; }
        th, td { text-align: left; vertical-align: top; padding: 0.2em 0.8em 0.2em 0; border-bottom: 1px solid #ddd; }
        p { font-size: 0.8em; color: #666; }
        </style>
        </head>
        <body>
        {{#events}}
        <div class="event {{severity}}">
        <h1><span class="severity">{{severity}}</span><br>{{summary}}</h1>
        {{{dataTable}}}
        <p>{{topic}} · {{createdAt}}{{#sender}} · {{sender}}{{/sender}}{{#project}} · {{project}}{{/project}}\
        {{#user}} · {{user}}{{/user}} · {{status}} · {{id}}</p>
        </div>
        {{/events}}
        </body>
        </html>

        """
}
