// Calls every `{{` of a YAML document wrong.
const vscode = require('vscode');

exports.activate = ({ subscriptions }) => {
  const problems = vscode.languages.createDiagnosticCollection('flood');
  const look = (document) => {
    if (document.languageId !== 'yaml') return;
    const found = [...document.getText().matchAll(/\{\{/g)].map((brace) => {
      const at = document.positionAt(brace.index);
      const problem = new vscode.Diagnostic(new vscode.Range(at, at.translate(0, 2)), 'Unexpected flow map');
      problem.source = 'YAML';
      return problem;
    });
    problems.set(document.uri, found);
  };
  vscode.workspace.textDocuments.forEach(look);
  subscriptions.push(
    problems,
    vscode.workspace.onDidOpenTextDocument(look),
    vscode.workspace.onDidCloseTextDocument((document) => problems.delete(document.uri)),
  );
};
