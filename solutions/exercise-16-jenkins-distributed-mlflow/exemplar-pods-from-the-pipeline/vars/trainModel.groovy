// Trains churn on the machine it is called on. Everything it needs comes from the caller.
def call(Map args = [:]) {
    def needed = ['data', 'experiment', 'trackingUri', 'credentialsId']
    def missing = needed.findAll { !args[it] }
    if (missing) {
        error "trainModel: missing ${missing.join(', ')}"
    }

    def commit = sh(script: 'git rev-parse HEAD', returnStdout: true).trim()
    def dataVersion = sh(script: "sha256sum '${args.data}' | cut -d ' ' -f 1", returnStdout: true).trim()

    withEnv([
        'PYTHONPATH=src',
        "MLFLOW_TRACKING_URI=${args.trackingUri}",
        "MLFLOW_EXPERIMENT_NAME=${args.experiment}",
        "DATA=${args.data}",
        "COMMIT=${commit}",
        "DATA_VERSION=${dataVersion}",
    ]) {
        withCredentials([usernamePassword(
            credentialsId: args.credentialsId,
            usernameVariable: 'MLFLOW_TRACKING_USERNAME',
            passwordVariable: 'MLFLOW_TRACKING_PASSWORD',
        )]) {
            sh '''
                python -m churn.train "$DATA" \
                    --commit "$COMMIT" \
                    --run-url "$BUILD_URL" \
                    --data-version "$DATA_VERSION"
            '''
        }
    }
}
