#!/bin/sh
# The version before, please.
kubectl -n churn-prod rollout undo deployment/churn-api
