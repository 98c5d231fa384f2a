;;; e2e.el --- Emacs against the real server  -*- lexical-binding: t -*-
;; `SERVER=path emacs -q --batch -l e2e.el'. Ends with `N passed, N failed', and exit code 1 if any failed.

(require 'package)
(package-initialize)
(defconst here (file-name-directory (file-truename load-file-name)))
(load (expand-file-name "../kubeblocks-ls.el" here))

(defvar passed 0)
(defvar failed 0)

(defun check (name ok &optional got)
  (if ok (setq passed (1+ passed)) (setq failed (1+ failed)))
  (message "%s  %s%s" (if ok "ok  " "FAIL") name (if ok "" (format ": %S" got))))

(defun wait (condition)
  "Wait until CONDITION answers, and return the answer."
  (with-timeout (20 nil)
    (let (answer)
      (while (not (setq answer (funcall condition)))
        (accept-process-output nil 0.02))
      answer)))

(defun go (text &optional inside)
  "Put point at the first TEXT, or at what is INSIDE of it."
  (goto-char (point-min))
  (search-forward text)
  (goto-char (match-beginning 0))
  (when inside
    (search-forward inside)
    (goto-char (match-beginning 0))))

(defun mistakes ()
  "Findings of the buffer that are no mere remarks."
  (flymake-start)
  (seq-filter (lambda (found) (memq (flymake-diagnostic-type found) '(eglot-error eglot-warning)))
              (flymake-diagnostics)))

(let* ((root (file-name-as-directory (file-truename (make-temp-file "kubeblocks" t))))
       (chart (concat root "tidedb/"))
       (file (concat chart "templates/clusterdefinition.yaml"))
       (eglot-sync-connect 20))
  (setq kubeblocks-server (expand-file-name (getenv "SERVER")))
  ;; The charts are changed below: work on a copy.
  (copy-directory (expand-file-name "../../../tests/charts/tidedb" here) chart t t t)
  (find-file file)
  (check "a template is helm" (eq major-mode 'kubeblocks-helm-mode) major-mode)
  (apply #'eglot (eglot--guess-contact))
  (let ((server (wait #'eglot-current-server)))
    (check "the server starts" server)
    (check "its root is the chart"
           (file-equal-p chart (project-root (eglot--project server))) (eglot--project server)))
  (check "an honest chart has no mistakes" (wait (lambda () (null (mistakes)))) (mistakes))

  ;; A mistake: the component that the frontend refers to is misspelt.
  (go "componentDefName: meta" "meta")
  (let ((place (point)))
    (delete-char 4)
    (insert "mata")
    ;; Without a user nothing is idle, which is when eglot tells of changes.
    (eglot--signal-textDocument/didChange)
    (check "the mistake is seen" (wait #'mistakes))
    (let ((found (car (mistakes))))
      (check "at its place" (equal (list place (+ place 4))
                                   (list (flymake-diagnostic-beg found) (flymake-diagnostic-end found)))
             (flymake-diagnostic-beg found))
      (goto-char place)
      (check "with its rule" (equal (kubeblocks--rule-at-point) "unknown-component-def") (flymake-diagnostic-text found)))
    (kubeblocks-explain (kubeblocks--rule-at-point))
    (check "the rule's page"
           (with-current-buffer "*kubeblocks*" (goto-char (point-min)) (search-forward "## Why" nil t))))
  (switch-to-buffer (find-file-noselect file))
  (go "mata")
  ;; Nobody is there to choose: take what is offered first.
  (cl-letf (((symbol-function 'completing-read) (lambda (_ _ _ _ _ _ offer &rest _) offer))
            (last-nonmenu-event ?x))
    (eglot-code-actions (point) (+ (point) 4) "quickfix" t))
  (eglot--signal-textDocument/didChange)
  (check "the quick fix mends it" (save-excursion (goto-char (point-min)) (search-forward "componentDefName: meta" nil t)))
  (check "mended, it is gone" (wait (lambda () (null (mistakes)))) (mistakes))

  (go ".Values.image.pullPolicy" "pull")
  (let ((hover (jsonrpc-request (eglot-current-server) :textDocument/hover (eglot--TextDocumentPositionParams))))
    (check "hover shows the value" (string-match-p "IfNotPresent" (format "%S" hover)) hover))
  (go "workloadType: State" "State")
  (let ((labels (all-completions "" (nth 2 (eglot-completion-at-point)))))
    (check "completion" (member "Stateful" (mapcar #'substring-no-properties labels)) labels))
  (go "*metaRef" "meta")
  (call-interactively #'xref-find-definitions)
  (check "definition of the alias" (looking-at-p "&?metaRef") (thing-at-point 'line))
  (go "\"tidedb.labels\"" "tidedb")
  (call-interactively #'xref-find-definitions)
  (check "definition across files" (string-suffix-p "_helpers.tpl" (buffer-file-name)) (buffer-file-name))

  (eglot-shutdown-all)
  (dolist (buffer (buffer-list))
    (with-current-buffer buffer (set-buffer-modified-p nil)))
  (delete-directory root t)
  (message "%d passed, %d failed" passed failed)
  (kill-emacs (if (zerop failed) 0 1)))
;;; e2e.el ends here
