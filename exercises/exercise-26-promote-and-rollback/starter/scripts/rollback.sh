#!/bin/bash
kubectl rollout undo deployment/churn-api
echo "rolled back"
