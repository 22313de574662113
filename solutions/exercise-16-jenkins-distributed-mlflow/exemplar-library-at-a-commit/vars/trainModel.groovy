/**
 * trainModel data: 'x.csv', experiment: 'churn', python: 'python3'
 */
def call(Map config) {
    for (key in ['data', 'experiment', 'python']) {
        if (!config.containsKey(key) || !config[key]) {
            error("trainModel needs '${key}'")
        }
    }
    String version = sh(returnStdout: true, script: "md5sum ${config.data}").trim().split(' ')[0]
    withCredentials([string(credentialsId: 'mlflow-token', variable: 'MLFLOW_TRACKING_TOKEN')]) {
        withEnv(["MLFLOW_EXPERIMENT_NAME=${config.experiment}"]) {
            sh "${config.python} -m churn.train ${config.data} --commit ${env.GIT_COMMIT} --run-url ${env.BUILD_URL} --data-version ${version}"
        }
    }
}
