// What Gradle would build; the gradlew beside it does the same without Gradle, and reads none of this.
plugins {
    java
}

java {
    toolchain {
        languageVersion = JavaLanguageVersion.of(17)
    }
}

tasks.jar {
    manifest {
        attributes("Main-Class" to "Engine")
    }
}
