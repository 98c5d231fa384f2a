;;; kubeblocks-ls.el --- KubeBlocks charts in eglot  -*- lexical-binding: t -*-

;; Package-Requires: ((emacs "28.1") (eglot "1.9") (yaml-mode "0.0.15"))
;; SPDX-License-Identifier: Apache-2.0

;;; Commentary:

;; A mode for the templates of Helm charts, so that servers for plain YAML leave them alone, and kubeblocks-ls for it
;; and for YAML.

;;; Code:

(require 'eglot)
(require 'project)
(require 'yaml-mode)

(defgroup kubeblocks nil
  "Definitions of KubeBlocks and the Helm charts that hold them."
  :group 'languages)

(defcustom kubeblocks-server "kubeblocks-ls"
  "The program, or its path."
  :type 'string)

;;;###autoload
(define-derived-mode kubeblocks-helm-mode yaml-mode "Helm"
  "Templates of Helm charts.")
(put 'kubeblocks-helm-mode 'eglot-language-id "helm")

;;;###autoload
(add-to-list 'auto-mode-alist '("/templates/.*\\.\\(?:ya?ml\\|tpl\\)\\'" . kubeblocks-helm-mode))

(defun kubeblocks--contact (&optional _interactive &rest _)
  "How to start the server."
  (list kubeblocks-server "--stdio"))

;; An entry for each mode: with one for both, eglot 1.9 calls everything by the first mode's language.
(add-to-list 'eglot-server-programs '(yaml-mode . kubeblocks--contact))
(add-to-list 'eglot-server-programs '(kubeblocks-helm-mode . kubeblocks--contact))

(defun kubeblocks--project (folder)
  "The chart around FOLDER, before the repository around the chart."
  (let ((chart (locate-dominating-file folder "Chart.yaml")))
    (and chart (cons 'transient chart))))
(add-hook 'project-find-functions #'kubeblocks--project)

;;;###autoload
(defun kubeblocks-explain (rule)
  "Show the page of RULE: the one that speaks at point, or one that is asked for."
  (interactive
   (list (or (kubeblocks--rule-at-point)
             (completing-read "Rule: "
                              (mapcar (lambda (line) (car (split-string line)))
                                      (process-lines kubeblocks-server "--list-rules"))))))
  (with-help-window "*kubeblocks*"
    (princ (with-temp-buffer
             (call-process kubeblocks-server nil t nil "--explain" rule)
             (buffer-string)))))

(defun kubeblocks--rule-at-point ()
  "The rule that speaks at point: eglot writes it in front of the message."
  (seq-some (lambda (found)
              (let ((text (flymake-diagnostic-text found)))
                (and (string-match "\\`kubeblocks \\[\\([a-z-]+\\)\\]" text) (match-string 1 text))))
            (flymake-diagnostics (point))))

(provide 'kubeblocks-ls)
;;; kubeblocks-ls.el ends here
