-- expect-error: POLICY_DENIED
Secret.get("PATH")
